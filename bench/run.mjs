// SPDX-License-Identifier: Apache-2.0
// Measures the built program and its floors. README.md in this directory explains the figures.
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureAllocate } from './measure-allocate.mjs';
import { measureList } from './measure-list.mjs';
import { measureMany } from './measure-many.mjs';
import { measureMemory } from './measure-memory.mjs';
import { measureScan } from './measure-scan.mjs';
import { measureStart } from './measure-start.mjs';
import { measureStop } from './measure-stop.mjs';
import { isBreached, markdown, table } from './report.mjs';
import { Subjects } from './subject.mjs';

const measures = {
  start: measureStart,
  list: measureList,
  allocate: measureAllocate,
  memory: measureMemory,
  scan: measureScan,
  stop: measureStop,
  many: measureMany,
};
const full = {
  start: { runs: 21 },
  list: { runs: 9 },
  allocate: { rounds: 7, calls: 2000 },
  memory: { runs: 3 },
  scan: { runs: 7 },
  stop: { runs: 9 },
  many: { runs: 5 },
};
const quick = {
  start: { runs: 7 },
  list: { runs: 3 },
  allocate: { rounds: 3, calls: 500 },
  memory: { runs: 1 },
  scan: { runs: 3 },
  stop: { runs: 3 },
  many: { runs: 1 },
};
const usage = `usage: npm run bench -- [--quick] [--only ${Object.keys(measures).join(',')}] [--program FILE] [--json FILE] [--markdown] [--strict]
  --quick     few runs, to check that nothing broke; do not compare these figures
  --only      the measures to run, separated by commas
  --program   an executable to measure instead of dist/rdma-shared-dp.js, such as a build for another runtime
  --json      write all figures to a file
  --markdown  print the table as Markdown
  --strict    exit with code 1 when a limit is breached
`;

function readOptions() {
  const options = {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(measures).join(',') },
    program: { type: 'string' },
    json: { type: 'string' },
    markdown: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
  };
  try {
    const { values } = parseArgs({ options });
    const only = values.only.split(',');
    if (only.every((name) => Object.hasOwn(measures, name))) return { ...values, only };
  } catch {
    // The usage below explains the options.
  }
  process.stderr.write(usage);
  return process.exit(2);
}

function machine() {
  const { node, v8 } = process.versions;
  return {
    node,
    v8,
    platform: `${process.platform} ${process.arch}`,
    cpus: availableParallelism(),
    model: cpus()[0]?.model ?? 'unknown',
    load: loadavg()[0],
  };
}

async function measureAll(subjects, { only, quick: isQuick }) {
  const figures = [];
  for (const name of only) {
    process.stderr.write(`measuring ${name} ...\n`);
    figures.push(...(await measures[name](subjects, (isQuick ? quick : full)[name])));
  }
  return figures;
}

function report(figures, host, seconds, options) {
  const { node, cpus: count, model, load } = host;
  process.stdout.write(
    `Node ${node}, ${count} CPUs (${model}), load ${load.toFixed(1)} at the start, ${seconds.toFixed(0)} s. Medians (min-max).\n`,
  );
  process.stdout.write(`${options.markdown ? markdown(figures) : table(figures)}\n`);
  const breached = figures.filter(isBreached);
  process.stdout.write(
    breached.length === 0
      ? 'All limits are met.\n'
      : `${breached.length} breached: ${breached.map(({ name }) => name).join('; ')}.\n`,
  );
  if (options.json !== undefined)
    writeFileSync(
      options.json,
      `${JSON.stringify({ machine: host, quick: options.quick, seconds, figures: figures.map(withVerdict) }, null, 2)}\n`,
    );
  return breached.length;
}

function withVerdict(figure) {
  return { ...figure, breached: isBreached(figure) };
}

/** Measures a copy of the program, so that a build during the benchmark does not change what is measured. */
async function main(options) {
  const directory = mkdtempSync(join(tmpdir(), 'rdma-bench-'));
  const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist');
  try {
    if (!existsSync(join(dist, 'rdma-shared-dp.js')))
      throw new Error('dist/rdma-shared-dp.js does not exist; run npm run build');
    cpSync(dist, join(directory, 'dist'), { recursive: true });
    const program = options.program ?? join(directory, 'dist', 'rdma-shared-dp.js');
    const host = machine();
    const begin = performance.now();
    const figures = await measureAll(new Subjects(program, directory), options);
    const breached = report(figures, host, (performance.now() - begin) / 1000, options);
    return options.strict && breached > 0 ? 1 : 0;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

process.exit(await main(readOptions()));
