// SPDX-License-Identifier: Apache-2.0
import { setTimeout as pause } from 'node:timers/promises';
import { allocateRequest } from './grpc-frame.mjs';
import { summary } from './statistics.mjs';

const shape = { hcas: 4, shares: 4, resources: 512 };
const callIntervalMs = 5;

/**
 * Measures many resources: from spawn to the last Register, from the start of another kubelet to the last first list
 * there, and the slowest Allocate meanwhile. The kubelet dials each resource and opens its list at once, as kubelets do.
 */
export async function measureMany(subjects, { runs }) {
  const samples = { start: [], restart: [], allocate: [] };
  for (let run = 0; run < runs; run += 1) {
    const subject = await subjects.startProgram(shape);
    samples.start.push(subject.startMs);
    await subject.watchAll();
    const { restartMs, slowestMs } = await restart(subject);
    samples.restart.push(restartMs);
    samples.allocate.push(slowestMs);
    await subject.kill();
  }
  const figure = (id, name, limit) => ({ id: `many-${id}`, name, unit: 'ms', program: summary(samples[id]), limit });
  return [
    figure('start', `start with ${shape.resources} resources`, 3000),
    figure('restart', `kubelet restart with ${shape.resources} resources`, 3000),
    figure('allocate', 'slowest Allocate meanwhile', 100),
  ];
}

async function restart(subject) {
  const { kubelet } = subject;
  await kubelet.restart();
  const begin = performance.now();
  const watched = subject.watchAsRegistered(shape.resources).then(() => true);
  await kubelet.registered(1);
  const client = await subject.client();
  const allocations = [];
  do allocations.push(timeOf(client));
  while (!(await Promise.race([watched, pause(callIntervalMs, false)])));
  const restartMs = performance.now() - begin;
  return { restartMs, slowestMs: Math.max(...(await Promise.all(allocations))) };
}

async function timeOf(client) {
  const begin = performance.now();
  await client.allocate(allocateRequest('0'));
  return performance.now() - begin;
}
