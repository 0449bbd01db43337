// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { environment } from './subject.mjs';
import { summary } from './statistics.mjs';

const shape = { hcas: 16, shares: 1000, resources: 1 };

/** Measures the start, from spawn to Register. The floors are Node itself, from start to exit, and the bare server. */
export async function measureStart(subjects, { runs }) {
  const program = [];
  const server = [];
  const node = [];
  await subjects.answers(shape);
  for (let run = -1; run < runs; run += 1) {
    const times = [
      await bareNode(),
      await startMs(() => subjects.startBare(shape)),
      await startMs(() => subjects.startProgram(shape)),
    ];
    if (run >= 0) [node, server, program].forEach((samples, i) => samples.push(times[i]));
  }
  const start = { name: 'start to Register', unit: 'ms', program: summary(program) };
  return [
    { ...start, id: 'start', floorName: 'bare Node, start to exit', floor: summary(node), limitRatio: 3 },
    { ...start, id: 'start-server', floorName: 'bare http2 server, to its Register', floor: summary(server) },
  ];
}

async function startMs(start) {
  const subject = await start();
  await subject.kill();
  return subject.startMs;
}

function bareNode() {
  const begin = performance.now();
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore', env: environment });
  return new Promise((resolve) => child.once('exit', () => resolve(performance.now() - begin)));
}
