// SPDX-License-Identifier: Apache-2.0
import { summary } from './statistics.mjs';

const limit = 200;

/** Measures the stop, from SIGTERM to exit, with an open list stream for each resource. */
export async function measureStop(subjects, { runs }) {
  const figures = [];
  for (const resources of [1, 20]) figures.push(await stop(subjects, { hcas: 16, shares: 1000, resources }, runs));
  return figures;
}

async function stop(subjects, shape, runs) {
  const program = [];
  const floor = [];
  for (let run = -1; run < runs; run += 1) {
    const times = [await once(subjects.startBare(shape)), await once(subjects.startProgram(shape))];
    if (run >= 0) [floor, program].forEach((samples, i) => samples.push(times[i]));
  }
  const name = `stop, ${shape.resources === 1 ? '1 resource' : `${shape.resources} resources`}`;
  return {
    id: `stop-${shape.resources}`,
    name,
    unit: 'ms',
    program: summary(program),
    floorName: 'bare http2 server',
    floor: summary(floor),
    limit,
  };
}

async function once(starting) {
  const subject = await starting;
  await subject.watchAll();
  return await subject.terminate();
}
