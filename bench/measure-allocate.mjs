// SPDX-License-Identifier: Apache-2.0
import { allocate } from './allocate-load.mjs';
import { quantile, summary } from './statistics.mjs';

const sides = ['program', 'floor'];
const floorName = 'bare http2, same bytes';

/** Measures Allocate on warm servers, with 1 caller and with 16. Rounds of the program and of the floor alternate. */
export async function measureAllocate(subjects, budget) {
  const figures = [];
  for (const hcas of [1, 16]) {
    const rounds = await roundsOf(subjects, { hcas, shares: 1000, resources: 1 }, budget);
    figures.push(...figuresOf(hcas, 1, rounds.alone, 0.5), ...figuresOf(hcas, 16, rounds.together));
  }
  return figures;
}

async function roundsOf(subjects, shape, { rounds, calls }) {
  const subject = { program: await subjects.startProgram(shape), floor: await subjects.startBare(shape) };
  const client = {};
  for (const side of sides) {
    [client[side]] = await subject[side].watchAll();
    await allocate(client[side], calls, 16);
  }
  const alone = { program: [], floor: [] };
  const together = { program: [], floor: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const side of sides) alone[side].push(await timed(client[side], calls, 1));
    for (const side of sides) together[side].push(await timed(client[side], calls * 2, 16));
  }
  for (const side of sides) await subject[side].kill();
  return { alone, together };
}

async function timed(client, calls, callers) {
  const begin = performance.now();
  const times = await allocate(client, calls, callers);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), rate: (calls * 1000) / (performance.now() - begin) };
}

function figuresOf(hcas, callers, rounds, limit) {
  const words = `Allocate, ${hcas === 1 ? '1 HCA' : `${hcas} HCAs`}, ${callers === 1 ? '1 caller' : `${callers} callers`}`;
  const figure = (key, unit) => ({
    id: `allocate-${hcas}-${callers}-${key}`,
    name: `${words}: ${key}`,
    unit,
    program: summary(rounds.program.map((round) => round[key])),
    floorName,
    floor: summary(rounds.floor.map((round) => round[key])),
  });
  return [
    { ...figure('p50', 'ms'), ...(limit === undefined ? {} : { limit }) },
    figure('p99', 'ms'),
    figure('rate', '/s'),
  ];
}
