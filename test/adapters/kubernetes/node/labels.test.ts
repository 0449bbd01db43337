// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KubernetesNodeLabels } from '#adapters/kubernetes/node/labels.ts';
import { FakeApiServer, tlsFixture } from '../../../support/fake-api-server.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';

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
  const credentials = async () =>
    await Promise.resolve({
      ca: tlsFixture('ca.crt'),
      token: server.token,
      clientCertificate: null,
      clientKey: null,
      verify: true,
    });
  return new KubernetesNodeLabels({
    access: { server: new URL(server.url), namespace: 'ns', credentials },
    nodeName,
    stateDirectory,
    clock,
    random: () => 0.5,
  });
}

async function gpuOf(labels: KubernetesNodeLabels): Promise<string | undefined> {
  return (await labels.read()).labels?.get('gpu');
}

describe('the labels of the own node', () => {
  it('are asked of that node, and of no list', async () => {
    expect(await gpuOf(labelsOf())).toBe('h100');
    expect(server.asked).toEqual(['GET /api/v1/nodes/gpu-17']);
  });

  it('are asked for once while they are watched, till five minutes have passed', async () => {
    const labels = labelsOf();
    stop = labels.watch(() => {});
    for (let i = 0; i < 5; i += 1) await labels.read();
    expect(server.asked).toHaveLength(1);
    await clock.step(299_000);
    expect(server.asked).toHaveLength(1);
    await clock.step(1_000);
    expect(server.asked).toHaveLength(2);
  });

  it.each([
    [
      'a right that is missing',
      'forbidden',
      'KUBERNETES_NODE_FORBIDDEN',
      "{apiGroups: [''], resources: [nodes], verbs: [get]}",
    ],
    ['a token that is refused', 'token-refused', 'KUBERNETES_TOKEN_REJECTED', 'ServiceAccount'],
    ['a proxy', 'html', 'KUBERNETES_UNEXPECTED_RESPONSE', 'proxy'],
    ['a server that is ill', 'ill', 'KUBERNETES_UNREACHABLE', 'API server runs'],
  ] as const)('are not known for %s, which is tried again', async (_, mood, code, remedy) => {
    const labels = labelsOf();
    let hints = 0;
    stop = labels.watch(() => {
      hints += 1;
    });
    server.mood = mood;
    expect(await labels.read()).toMatchObject({
      labels: null,
      retryable: true,
      problem: { code, remedy: expect.stringContaining(remedy) },
    });
    server.mood = 'well';
    await clock.step(30_000);
    expect([hints, await gpuOf(labels)]).toEqual([1, 'h100']);
  });

  it('are not known where the node is not, or has no name here', async () => {
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

describe('while the API server is away', () => {
  it('the labels known last hold, and the new ones are found when it is back', async () => {
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
    expect([hints, await gpuOf(labels)]).toEqual([1, 'b200']);
  });

  it('those that an earlier process kept hold, of the same node only', async () => {
    await labelsOf('gpu-17', home).read();
    expect(readdirSync(home)).toEqual(['node-labels-gpu-17.json']);
    server.mood = 'ill';
    expect(await gpuOf(labelsOf('gpu-17', home))).toBe('h100');
    expect(await labelsOf('gpu-18', home).read()).toMatchObject({
      labels: null,
      problem: { code: 'KUBERNETES_UNREACHABLE' },
    });
  });

  it('what was kept and cannot be read is as nothing', async () => {
    writeFileSync(join(home, 'node-labels-gpu-17.json'), '{"key": "labels", "text": "{"}');
    server.mood = 'ill';
    expect(await labelsOf('gpu-17', home).read()).toMatchObject({
      labels: null,
      problem: { code: 'KUBERNETES_UNREACHABLE' },
    });
  });

  it('what was kept does not stand against a server that answers', async () => {
    await labelsOf('gpu-17', home).read();
    server.mood = 'forbidden';
    expect(await labelsOf('gpu-17', home).read()).toMatchObject({
      labels: null,
      problem: { code: 'KUBERNETES_NODE_FORBIDDEN' },
    });
  });
});
