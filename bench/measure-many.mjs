// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { summary } from './statistics.mjs';
import { environment } from './subject.mjs';

const shape = { hcas: 4, shares: 4, resources: 512 };
const probeFile = fileURLToPath(new URL('allocate-probe.mjs', import.meta.url));

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
  const watched = subject.watchAsRegistered(shape.resources);
  await kubelet.registered(1);
  const probe = startProbe(kubelet.registrations[0].endpoint);
  await watched;
  const restartMs = performance.now() - begin;
  const times = await probe.end();
  return { restartMs, slowestMs: Math.max(...times) };
}

/** Calls Allocate from another process until `end`, which resolves to the durations. */
function startProbe(socket) {
  const child = spawn(process.execPath, [probeFile, socket], { stdio: ['pipe', 'pipe', 'inherit'], env: environment });
  const output = text(child.stdout);
  const end = async () => {
    child.stdin.end();
    return JSON.parse(await output);
  };
  return { end };
}
