// SPDX-License-Identifier: Apache-2.0
// Whether memory stays flat: resident memory of the program along many Allocates, and along many changes of its list.
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
    // The usage says it.
  }
  process.stderr.write(`${usage}Both are whole numbers from ${samples} on.\n`);
  return process.exit(2);
}

function tell(what, done, subject) {
  process.stdout.write(`${what} ${String(done).padStart(8)}  ${subject.residentMiB().toFixed(1)} MiB\n`);
}

async function manyAllocates(subjects, calls) {
  const subject = await subjects.startProgram(shape);
  const [client] = await subject.watchAll();
  tell('Allocates   ', 0, subject);
  for (let part = 1; part <= samples; part += 1) {
    await allocate(client, Math.ceil(calls / samples), 16);
    tell('Allocates   ', Math.ceil(calls / samples) * part, subject);
  }
  await subject.kill();
}

/** The HCAs go and come in turn; each change is waited for on the stream before the next is made. */
async function manyChanges(subjects, changes) {
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
  tell('list changes', 0, subject);
  for (let change = 1; change <= changes; change += 1) {
    const list = next();
    subject.setHcas(change % 2 === 0 ? shape.hcas : 0);
    await list;
    if (change % Math.floor(changes / samples) === 0) tell('list changes', change, subject);
  }
  await subject.kill();
}

async function main({ calls, changes }) {
  const workplace = mkdtempSync(join(tmpdir(), 'rdma-bench-'));
  try {
    cpSync(join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist'), join(workplace, 'dist'), {
      recursive: true,
    });
    const subjects = new Subjects(join(workplace, 'dist', 'rdma-shared-dp.js'), workplace);
    await manyAllocates(subjects, calls);
    await manyChanges(subjects, changes);
  } finally {
    rmSync(workplace, { recursive: true, force: true });
  }
}

await main(readOptions());
process.exit(0);
