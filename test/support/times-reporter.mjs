// SPDX-License-Identifier: Apache-2.0
// Prints the times that the tests of a tier recorded, and writes them as JSON and Markdown to .cache/<tier>-tier. No
// test depends on them.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export default class TimesReporter {
  constructor({ rootDir }, { tier }) {
    this.directory = join(rootDir, '.cache', `${tier}-tier`);
    mkdirSync(this.directory, { recursive: true });
    this.lines = join(this.directory, 'times.jsonl');
    rmSync(this.lines, { force: true });
    process.env.TIER_TIMES = this.lines;
  }

  onRunComplete() {
    const rows = summarize(this.recordedTimes());
    if (rows.length === 0) return;
    const markdown = [
      toLine(Object.keys(rows[0])),
      toLine(Object.keys(rows[0]).map(() => '---')),
      ...rows.map((row) => toLine(Object.values(row))),
      '',
    ].join('\n');
    writeFileSync(join(this.directory, 'times.json'), `${JSON.stringify(rows, null, 2)}\n`);
    writeFileSync(join(this.directory, 'times.md'), markdown);
    process.stderr.write(`\nTimes in ms:\n\n${markdown}\n`);
  }

  recordedTimes() {
    try {
      return readFileSync(this.lines, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
    } catch {
      return [];
    }
  }
}

function summarize(times) {
  const groups = new Map();
  for (const { what, parts, ms } of times) {
    const key = JSON.stringify({ what, ...parts });
    groups.set(key, [...(groups.get(key) ?? []), ms]);
  }
  return [...groups].map(([key, values]) => {
    const sorted = values.map((ms) => Math.round(ms)).toSorted((a, b) => a - b);
    return {
      ...JSON.parse(key),
      times: sorted.length,
      least: sorted[0],
      median: sorted[Math.floor(sorted.length / 2)],
      most: sorted.at(-1),
    };
  });
}

function toLine(cells) {
  return `| ${cells.join(' | ')} |`;
}
