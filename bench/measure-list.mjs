// SPDX-License-Identifier: Apache-2.0
import { summary } from './statistics.mjs';

/** Measures the first list of a fresh process: from the ListAndWatch call, and from spawn, to the complete message. */
export async function measureList(subjects, { runs }) {
  const figures = [];
  for (const shares of [1_000, 100_000])
    figures.push(...(await firstList(subjects, { hcas: 16, shares, resources: 1 }, runs)));
  return figures;
}

async function firstList(subjects, shape, runs) {
  const samples = { program: [], floor: [] };
  for (let run = -1; run < runs; run += 1) {
    const floor = await once(subjects.startBare(shape));
    const program = await once(subjects.startProgram(shape));
    if (run < 0) continue;
    samples.floor.push(floor);
    samples.program.push(program);
  }
  const words = `first list of ${shape.shares.toLocaleString('en')} shares`;
  const figure = (id, name, key) => ({
    id,
    name,
    unit: 'ms',
    program: summary(samples.program.map((times) => times[key])),
    floorName: 'bare http2, same bytes',
    floor: summary(samples.floor.map((times) => times[key])),
  });
  return [
    figure(`list-${shape.shares}`, words, 'fromCall'),
    figure(`list-${shape.shares}-spawn`, `${words}, from spawn`, 'fromSpawn'),
  ];
}

async function once(starting) {
  const subject = await starting;
  const client = await subject.client();
  const { ms } = await client.firstList();
  const fromSpawn = performance.now() - subject.spawnedAt;
  await subject.kill();
  return { fromCall: ms, fromSpawn };
}
