// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, credentials } from '@grpc/grpc-js';
import type { ListPodResourcesResponse } from '#adapters/kubelet-api/generated/podresources/v1/api.ts';
import { podResourcesService } from '#adapters/kubelet-api/services.ts';
import { KubeletWorld, eventuallyTrue, pod } from './kubelet-world.ts';
import { devicesNamed } from './test-plugin.ts';

const UNKNOWN = 2;
const RESOURCE_EXHAUSTED = 8;
const UNAVAILABLE = 14;

let world: KubeletWorld;
let socket = '';
beforeEach(async () => {
  world = new KubeletWorld();
  socket = join(world.podResources, 'kubelet.sock');
  await world.kubelet.start();
});
afterEach(() => world.end());

/** Rejects with the gRPC error. */
function list(): Promise<ListPodResourcesResponse> {
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  const { path, requestSerialize, responseDeserialize } = podResourcesService.list;
  return new Promise<ListPodResourcesResponse>((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, (error, response) =>
      response === undefined ? reject(error) : resolve(response),
    );
  }).finally(() => client.close());
}

/** Returns the listed devices as `pod/container resource=id`, sorted. */
async function listed(): Promise<readonly string[]> {
  const { podResources } = await list();
  return podResources
    .flatMap(({ namespace, name, containers }) =>
      containers.flatMap((container) =>
        container.devices.flatMap(({ resourceName, deviceIds }) =>
          deviceIds.map((id) => `${namespace}/${name}/${container.name} ${resourceName}=${id}`),
        ),
      ),
    )
    .toSorted();
}

const sharedBy = (name: string): object => ({
  name,
  namespace: 'default',
  containers: [{ name: 'c0', devices: [{ resourceName: 'rdma/a', deviceIds: [expect.any(String)] }] }],
});

describe('the PodResources service of FakeKubelet', () => {
  it('lists an admitted pod until it is removed', async () => {
    await world.registered('rdma/a', { devices: devicesNamed('0', '1') });
    expect(await list()).toEqual({ podResources: [] });
    await world.kubelet.admit(pod('p', { 'rdma/a': 1 }));
    expect(await list()).toEqual({ podResources: [sharedBy('p')] });
    await world.kubelet.remove(pod('p'));
    expect(await list()).toEqual({ podResources: [] });
  });

  it('lists each device of a container in an entry of its own, as kubelets do', async () => {
    await world.registered('rdma/a', { devices: devicesNamed('0', '1', '2') });
    await world.registered('rdma/b', { devices: devicesNamed('x') });
    await world.kubelet.admit(pod('p', { 'rdma/a': 2, 'rdma/b': 1 }, { 'rdma/a': 1 }));
    const [only] = (await list()).podResources;
    expect(only?.containers.map(({ devices }) => devices.map(({ deviceIds }) => deviceIds.length))).toEqual([
      [1, 1, 1],
      [1],
    ]);
    expect((await listed()).map((line) => line.split(' ')[0])).toEqual([
      ...['default/p/c0', 'default/p/c0', 'default/p/c0', 'default/p/c1'],
    ]);
  });

  it('lists pods and containers without devices', async () => {
    await world.kubelet.admit(pod('p', {}, { 'rdma/none': 1 }));
    const containers = ['c0', 'c1'].map((name) => ({ name, devices: [] }));
    expect(await list()).toEqual({ podResources: [{ name: 'p', namespace: 'default', containers }] });
  });

  it('lists neither init containers nor pods that failed', async () => {
    await world.registered('rdma/a', { devices: devicesNamed('0') });
    const containers = [
      { name: 'i', limits: { 'rdma/a': 1 }, init: true },
      { name: 'c0', limits: { 'rdma/a': 1 } },
    ];
    await world.kubelet.admit({ namespace: 'default', name: 'p', containers });
    await world.kubelet.admit(pod('greedy', { 'rdma/a': 1 }));
    expect(await list()).toEqual({ podResources: [sharedBy('p')] });
  });

  it('lists the same after a restart, without a new admission', async () => {
    await world.registered('rdma/a', { devices: devicesNamed('0', '1') });
    await world.kubelet.admit(pod('p', { 'rdma/a': 1 }));
    const before = await listed();
    await world.kubelet.restart();
    expect(await listed()).toEqual(before);
  });

  it('leaves its socket when the kubelet is killed, and refuses connections', async () => {
    await world.kubelet.stop();
    expect(existsSync(socket)).toBe(true);
    await expect(list()).rejects.toMatchObject({ code: UNAVAILABLE });
  });

  it('answers 10 calls at once and then 100 a second, as kubelets do', async () => {
    const burst = async (): Promise<number> =>
      (await Promise.allSettled(Array.from({ length: 20 }, list))).filter(({ status }) => status === 'fulfilled')
        .length;
    expect(await burst()).toBe(10);
    await expect(list()).rejects.toMatchObject({ code: RESOURCE_EXHAUSTED, details: 'rejected by rate limit' });
    await world.clock.step(30);
    expect(await burst()).toBe(3);
    await world.clock.step(10_000);
    expect(await burst()).toBe(10);
  });

  it('is subject to planned faults', async () => {
    await world.kubelet.admit(pod('p', {}));
    world.kubelet.faults.inject('listPodResources', { kind: 'error', message: 'broken' });
    world.kubelet.faults.inject('listPodResources', { kind: 'empty' });
    await expect(list()).rejects.toMatchObject({ code: UNKNOWN, details: 'broken' });
    expect(await list()).toEqual({ podResources: [] });
    world.kubelet.faults.inject('listPodResources', { kind: 'hang' });
    const hanging = expect(list()).rejects.toMatchObject({ code: UNAVAILABLE });
    await eventuallyTrue('List was called', () => world.kubelet.faults.seen('listPodResources') === 3);
    expect((await list()).podResources).toHaveLength(1);
    await world.kubelet.stop();
    await hanging;
  });
});

describe('a FakeKubelet without a directory for PodResources', () => {
  it('does not serve it', async () => {
    const other = new KubeletWorld({ podResourcesDir: null });
    await other.kubelet.start();
    expect(existsSync(other.podResources)).toBe(false);
    await other.end();
  });
});
