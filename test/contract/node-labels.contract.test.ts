// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileNodeLabels } from '#adapters/settings/file/node-labels.ts';
import { KubernetesNodeLabels } from '#adapters/kubernetes/node/labels.ts';
import { FakeApiServer } from '../support/fake-api-server.ts';
import { HeldNodeLabels, noLabelsYet } from '../support/held-node-labels.ts';
import { SteppedClock } from '../support/stepped-clock.ts';
import { type LabelsStage, nodeLabelsContract } from './node-labels.suite.ts';

async function heldStage(): Promise<LabelsStage> {
  const labels = new HeldNodeLabels();
  return await Promise.resolve({
    labels,
    clock: new SteppedClock(),
    set: async (held) => await Promise.resolve(labels.hold(held)),
    makeUnreadable: async () => await Promise.resolve(labels.become(noLabelsYet)),
    close: async () => await Promise.resolve(),
  });
}

async function fileStage(): Promise<LabelsStage> {
  const directory = mkdtempSync(join(tmpdir(), 'rdma-labels-'));
  const path = join(directory, 'labels');
  const clock = new SteppedClock();
  const lines = (labels: Readonly<Record<string, string>>): string =>
    Object.entries(labels)
      .map(([key, value]) => `${key}="${value}"`)
      .join('\n');
  return await Promise.resolve({
    labels: new FileNodeLabels({ path, clock }),
    clock,
    set: async (labels) => await Promise.resolve(writeFileSync(path, lines(labels))),
    makeUnreadable: async () => await Promise.resolve(rmSync(path, { force: true })),
    close: async () => await Promise.resolve(rmSync(directory, { recursive: true })),
  });
}

async function kubernetesStage(): Promise<LabelsStage> {
  const server = new FakeApiServer();
  await server.start();
  const clock = new SteppedClock();
  const labels = new KubernetesNodeLabels({
    access: server.access(),
    nodeName: 'gpu-17',
    stateDirectory: null,
    clock,
    random: () => 0.5,
  });
  return {
    labels,
    clock,
    set: async (held) => {
      server.mode = 'healthy';
      await Promise.resolve(server.setNode('gpu-17', held));
    },
    makeUnreadable: async () => {
      server.mode = 'forbidden';
      await Promise.resolve();
    },
    close: () => server.stop(),
  };
}

nodeLabelsContract('in memory', heldStage);
nodeLabelsContract('a file', fileStage);
nodeLabelsContract('a Node of the Kubernetes API', kubernetesStage);
