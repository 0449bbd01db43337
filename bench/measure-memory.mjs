// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises';
import { allocate } from './allocate-load.mjs';
import { summary } from './statistics.mjs';

const calls = 20_000;
const settleMs = 1_000;

/** Measures the resident memory of a fresh process with an open list, before and after 20,000 Allocate calls. */
export async function measureMemory(subjects, { runs }) {
  const figures = [];
  for (const shares of [1_000, 100_000]) {
    const shape = { hcas: 16, shares, resources: 1 };
    const samples = { program: { rest: [], after: [] }, floor: { rest: [], after: [] } };
    for (let run = 0; run < runs; run += 1) {
      await sample(await subjects.startBare(shape), samples.floor);
      await sample(await subjects.startProgram(shape), samples.program);
    }
    const words = `resident memory, ${shares.toLocaleString('en')} shares`;
    figures.push(figure(`memory-${shares}`, `${words}: at rest`, samples, 'rest'));
    figures.push(
      figure(`memory-${shares}-after`, `${words}: after ${calls.toLocaleString('en')} Allocates`, samples, 'after'),
    );
  }
  return figures;
}

async function sample(subject, samples) {
  const [client] = await subject.watchAll();
  await sleep(settleMs);
  samples.rest.push(subject.residentMiB());
  await allocate(client, calls, 16);
  await sleep(settleMs);
  samples.after.push(subject.residentMiB());
  await subject.kill();
}

function figure(id, name, samples, key) {
  return {
    id,
    name,
    unit: 'MiB',
    program: summary(samples.program[key]),
    floorName: 'bare http2 server',
    floor: summary(samples.floor[key]),
  };
}
