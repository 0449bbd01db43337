// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KubernetesNodeLabels } from '#adapters/kubernetes/node/labels.ts';
import { FakeApiServer } from '../../../support/fake-api-server.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';
import { until } from '../../../support/until.ts';

let server: FakeApiServer;
let clock: SteppedClock;
let home: string;
let stop = (): void => {};
beforeEach(async () => {
  server = new FakeApiServer();
  clock = new SteppedClock();
  home = mkdtempSync(join(tmpdir(), 'rdma-node-labels-'));
  await server.start();
  server.setNode('gpu-17', { gpu: 'h100' });
});
afterEach(async () => {
  stop();
  stop = () => {};
  await server.stop();
  rmSync(home, { recursive: true });
});

function labelsOf(nodeName: string | null = 'gpu-17', stateDirectory: string | null = null): KubernetesNodeLabels {
  return new KubernetesNodeLabels({ access: server.access(), nodeName, stateDirectory, clock, random: () => 0.5 });
}

async function gpuOf(labels: KubernetesNodeLabels): Promise<string | undefined> {
  return (await labels.read()).labels?.get('gpu');
}

describe('KubernetesNodeLabels', () => {
  it('gets its own Node and no list', async () => {
    expect(await gpuOf(labelsOf())).toBe('h100');
    expect(server.requests).toEqual(['GET /api/v1/nodes/gpu-17']);
  });

  it('sends one request in five minutes while the labels are watched', async () => {
    const labels = labelsOf();
    stop = labels.watch(() => {});
    for (let i = 0; i < 5; i += 1) await labels.read();
    expect(server.requests).toHaveLength(1);
    await clock.step(299_000);
    expect(server.requests).toHaveLength(1);
    await clock.step(1_000);
    await until(() => server.requests.length > 1);
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    ['no permission', 'forbidden', 'KUBERNETES_NODE_FORBIDDEN', "{apiGroups: [''], resources: [nodes], verbs: [get]}"],
    ['a rejected token', 'token-rejected', 'KUBERNETES_TOKEN_REJECTED', 'ServiceAccount'],
    ['a proxy', 'html', 'KUBERNETES_UNEXPECTED_RESPONSE', 'proxy'],
    ['an unavailable server', 'unavailable', 'KUBERNETES_UNREACHABLE', 'API server runs'],
  ] as const)('reports a problem and retries: %s', async (_, mode, code, remedy) => {
    const labels = labelsOf();
    let hints = 0;
    stop = labels.watch(() => {
      hints += 1;
    });
    server.mode = mode;
    expect(await labels.read()).toMatchObject({
      labels: null,
      retryable: true,
      problem: { code, remedy: expect.stringContaining(remedy) },
    });
    server.mode = 'healthy';
    await clock.step(30_000);
    await until(() => hints > 0);
    expect([hints, await gpuOf(labels)]).toEqual([1, 'h100']);
  });

  it('reports a Node that does not exist, and a node name that is not set', async () => {
    expect(await labelsOf('gpu-18').read()).toMatchObject({
      retryable: true,
      problem: { code: 'KUBERNETES_NODE_MISSING', subject: 'gpu-18' },
    });
    expect(await labelsOf(null).read()).toMatchObject({
      retryable: false,
      problem: { code: 'NODE_NAME_NOT_SET', remedy: expect.stringContaining('spec.nodeName') },
    });
  });
});

describe('KubernetesNodeLabels: while the API server is unreachable', () => {
  it('keeps the last labels, and reads new ones afterwards', async () => {
    const labels = labelsOf();
    let hints = 0;
    stop = labels.watch(() => {
      hints += 1;
    });
    await labels.read();
    await server.stop();
    await clock.step(300_000);
    expect([hints, await gpuOf(labels)]).toEqual([0, 'h100']);
    server.setNode('gpu-17', { gpu: 'b200' });
    await server.start();
    await clock.step(30_000);
    await until(() => hints > 0);
    expect([hints, await gpuOf(labels)]).toEqual([1, 'b200']);
  });

  it('uses the labels that an earlier process stored for the same node', async () => {
    await labelsOf('gpu-17', home).read();
    expect(readdirSync(home)).toEqual(['node-labels-gpu-17.json']);
    server.mode = 'unavailable';
    expect(await gpuOf(labelsOf('gpu-17', home))).toBe('h100');
    expect(await labelsOf('gpu-18', home).read()).toMatchObject({
      labels: null,
      problem: { code: 'KUBERNETES_UNREACHABLE' },
    });
  });

  it('ignores a stored file that is not readable', async () => {
    writeFileSync(join(home, 'node-labels-gpu-17.json'), '{"key": "labels", "text": "{"}');
    server.mode = 'unavailable';
    expect(await labelsOf('gpu-17', home).read()).toMatchObject({
      labels: null,
      problem: { code: 'KUBERNETES_UNREACHABLE' },
    });
  });

  it('ignores stored labels if the server responds', async () => {
    await labelsOf('gpu-17', home).read();
    server.mode = 'forbidden';
    expect(await labelsOf('gpu-17', home).read()).toMatchObject({
      labels: null,
      problem: { code: 'KUBERNETES_NODE_FORBIDDEN' },
    });
  });
});
