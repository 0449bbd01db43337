// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { summary } from './statistics.mjs';
import { environment } from './subject.mjs';

const source = join(dirname(fileURLToPath(import.meta.url)), 'scan-host.ts');
const hcas = 64;
const warmScans = 50;

/** Scan of 64 HCAs by the sysfs adapter on a tree in the file system: the first of a process, and later ones. */
export async function measureScan(subjects, { runs }) {
  const script = join(subjects.workplace, 'scan-host.mjs');
  await build({
    entryPoints: [source],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  const results = [];
  for (let run = 0; run < runs; run += 1) results.push(await scan(script));
  const floorName = `reading its ${results[0].files} files once`;
  const figure = (id, name, pick) => ({
    id,
    name,
    unit: 'ms',
    program: summary(results.flatMap(({ program }) => pick(program))),
    floorName,
    floor: summary(results.flatMap(({ floor }) => pick(floor))),
  });
  const poll = {
    id: 'link-poll',
    name: `look at the links of ${hcas} HCAs, each 2 s`,
    unit: 'ms',
    program: summary(results.flatMap((result) => result.poll.warm)),
    floorName: `reading its ${results[0].states} state files`,
    floor: summary(results.flatMap((result) => result.pollFloor.warm)),
  };
  return [
    figure('scan-first', `scan of ${hcas} HCAs: first`, ({ cold }) => [cold]),
    figure('scan-later', `scan of ${hcas} HCAs: later`, ({ warm }) => warm),
    poll,
  ];
}

async function scan(script) {
  const { stdout } = await promisify(execFile)(process.execPath, [script, String(hcas), String(warmScans)], {
    env: environment,
  });
  const result = JSON.parse(stdout);
  if (result.found !== hcas || result.problems !== 0)
    throw new Error(`the scan found ${result.found} of ${hcas} HCAs and ${result.problems} problems`);
  return result;
}
