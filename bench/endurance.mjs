// SPDX-License-Identifier: Apache-2.0
// Checks for memory leaks: prints the resident memory of the program during many Allocate calls and many list changes.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { allocate } from './allocate-load.mjs';
import { Subjects } from './subject.mjs';

const shape = { hcas: 16, shares: 1000, resources: 1 };
const samples = 10;
const usage = 'usage: node bench/endurance.mjs [--calls 200000] [--changes 2000]\n';

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { calls: { type: 'string', default: '200000' }, changes: { type: 'string', default: '2000' } },
    });
    const counts = { calls: Number(values.calls), changes: Number(values.changes) };
    if (Object.values(counts).every((count) => Number.isInteger(count) && count >= samples)) return counts;
  } catch {
    // The usage below explains the options.
  }
  process.stderr.write(`${usage}Both are whole numbers of at least ${samples}.\n`);
  return process.exit(2);
}

function printSample(what, done, subject) {
  process.stdout.write(`${what} ${String(done).padStart(8)}  ${subject.residentMiB().toFixed(1)} MiB\n`);
}

async function sampleAllocates(subjects, calls) {
  const subject = await subjects.startProgram(shape);
  const [client] = await subject.watchAll();
  printSample('Allocates   ', 0, subject);
  for (let part = 1; part <= samples; part += 1) {
    await allocate(client, Math.ceil(calls / samples), 16);
    printSample('Allocates   ', Math.ceil(calls / samples) * part, subject);
  }
  await subject.kill();
}

/** Removes and adds the HCAs in turn. Waits for each new list before the next change. */
async function sampleChanges(subjects, changes) {
  const subject = await subjects.startProgram(shape);
  const client = await subject.client();
  let arrived;
  const next = () =>
    new Promise((resolve) => {
      arrived = resolve;
    });
  const first = next();
  client.listAndWatch(() => arrived());
  await first;
  printSample('list changes', 0, subject);
  for (let change = 1; change <= changes; change += 1) {
    const list = next();
    subject.setHcas(change % 2 === 0 ? shape.hcas : 0);
    await list;
    if (change % Math.floor(changes / samples) === 0) printSample('list changes', change, subject);
  }
  await subject.kill();
}

async function main({ calls, changes }) {
  const directory = mkdtempSync(join(tmpdir(), 'rdma-bench-'));
  try {
    cpSync(join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist'), join(directory, 'dist'), {
      recursive: true,
    });
    const subjects = new Subjects(join(directory, 'dist', 'rdma-shared-dp.js'), directory);
    await sampleAllocates(subjects, calls);
    await sampleChanges(subjects, changes);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

await main(readOptions());
process.exit(0);
