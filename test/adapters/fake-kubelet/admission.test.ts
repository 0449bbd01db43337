// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom } from '#adapters/fake-kubelet/device-manager/random-choice.ts';
import type { Admission } from '#adapters/fake-kubelet/fake-kubelet-control.ts';
import { KubeletWorld, eventuallyTrue, pod } from './kubelet-world.ts';
import { type TestPluginOptions, devicesNamed } from './test-plugin.ts';

let world: KubeletWorld;
beforeEach(async () => {
  world = new KubeletWorld();
  await world.kubelet.start();
});
afterEach(() => world.end());

const ten = { devices: devicesNamed('0', '1', '2', '3', '4', '5', '6', '7', '8', '9') };

function idsOf(admission: Admission, resource: string): readonly string[] {
  if (!admission.admitted) throw new Error(admission.message);
  return admission.containers.flatMap(({ ids }) => ids[resource] ?? []);
}

const answer =
  (own: string): NonNullable<TestPluginOptions['allocate']> =>
  () => ({
    envs: { SAME: own, [own]: '1' },
    devices: [
      { containerPath: '/dev/rdma_cm', hostPath: `/dev/${own}`, permissions: 'rw' },
      { containerPath: `/dev/${own}`, hostPath: `/dev/${own}`, permissions: 'rw' },
    ],
    cdiDevices: [{ name: 'v/c=same' }],
  });

const refused = (text: string): object => ({
  admitted: false,
  reason: 'UnexpectedAdmissionError',
  message: `Pod was rejected: Allocate failed due to ${text}, which is unexpected`,
});

const fail = (): never => {
  throw new Error('no such HCA');
};

const file = (): string => join(world.dir, 'kubelet_internal_checkpoint');

describe('admission', () => {
  it('asks the plugin for as many ids as are wanted, and gives what it answers', async () => {
    const plugin = await world.registered('rdma/a', {
      ...ten,
      allocate: () => ({
        envs: { A: '1' },
        annotations: { n: 'v' },
        mounts: [{ containerPath: '/c', hostPath: '/h', readOnly: true }],
        devices: [{ containerPath: '/dev/x', hostPath: '/dev/y', permissions: 'rwm' }],
        cdiDevices: [{ name: 'v/c=n' }],
      }),
    });
    const admission = await world.kubelet.admit(pod('p', { 'rdma/a': 3 }));
    const ids = idsOf(admission, 'rdma/a');
    expect(new Set(ids).size).toBe(3);
    expect(plugin.allocated).toEqual([ids]);
    expect(admission).toEqual({
      admitted: true,
      containers: [
        {
          name: 'c0',
          ids: { 'rdma/a': ids },
          envs: { A: '1' },
          annotations: { n: 'v' },
          mounts: [{ containerPath: '/c', hostPath: '/h', readOnly: true }],
          deviceNodes: [{ containerPath: '/dev/x', hostPath: '/dev/y', permissions: 'rwm' }],
          cdiDevices: ['v/c=n'],
        },
      ],
    });
  });

  it('merges what the resources of a container give, the first one winning', async () => {
    for (const name of ['a', 'b'])
      await world.registered(`rdma/${name}`, { devices: devicesNamed(name), allocate: answer(name) });
    const admission = await world.kubelet.admit(pod('p', { 'rdma/a': 1, 'rdma/b': 1 }));
    if (!admission.admitted) throw new Error(admission.message);
    const [container] = admission.containers;
    const first = container?.envs['SAME'];
    expect(container).toMatchObject({
      ids: { 'rdma/a': ['a'], 'rdma/b': ['b'] },
      envs: { a: '1', b: '1' },
      cdiDevices: ['v/c=same'],
    });
    expect(container?.deviceNodes).toHaveLength(3);
    expect(container?.deviceNodes[0]).toMatchObject({ containerPath: '/dev/rdma_cm', hostPath: `/dev/${first}` });
  });

  it('asks for the resources of a container in an order that only the seed decides', async () => {
    const orders = new Set<string>();
    const asked: string[] = [];
    for (const name of ['a', 'b']) {
      await world.registered(`rdma/${name}`, {
        ...ten,
        allocate: () => {
          asked.push(name);
          return {};
        },
      });
    }
    for (let i = 0; i < 10; i += 1) {
      await world.kubelet.admit(pod(`p${i}`, { 'rdma/a': 1, 'rdma/b': 1 }));
      orders.add(asked.splice(0).join(''));
    }
    expect([...orders].toSorted()).toEqual(['ab', 'ba']);
  });

  it('gives the same ids for the same seed, others for another, and never in list order each time', async () => {
    const choices: string[] = [];
    for (const seed of [7, 7, 8]) {
      const other = new KubeletWorld({ random: seededRandom(seed) });
      await other.kubelet.start();
      await other.registered('rdma/a', ten);
      choices.push(idsOf(await other.kubelet.admit(pod('p', { 'rdma/a': 4 })), 'rdma/a').join());
      await other.end();
    }
    expect(choices[1]).toBe(choices[0]);
    expect(choices[2]).not.toBe(choices[0]);
    expect(choices).not.toContain('0,1,2,3');
  });

  it('gives an id to one pod at a time, also when pods come at once', async () => {
    await world.registered('rdma/a', ten);
    const admissions = await Promise.all(
      ['p', 'q', 'r'].map((name) => world.kubelet.admit(pod(name, { 'rdma/a': 3 }))),
    );
    expect(new Set(admissions.flatMap((admission) => idsOf(admission, 'rdma/a'))).size).toBe(9);
    await world.kubelet.remove(pod('q'));
    expect(idsOf(await world.kubelet.admit(pod('s', { 'rdma/a': 4 })), 'rdma/a')).toHaveLength(4);
  });

  it('gives a pod that is there already what it has', async () => {
    const plugin = await world.registered('rdma/a', ten);
    const first = await world.kubelet.admit(pod('p', { 'rdma/a': 2 }));
    expect(await world.kubelet.admit(pod('p', { 'rdma/a': 2 }))).toEqual(first);
    expect(plugin.allocated).toHaveLength(1);
    expect(await world.kubelet.admit(pod('p', { 'rdma/a': 3 }))).toMatchObject({
      admitted: false,
      message: expect.stringContaining('changed request'),
    });
  });

  it('gives the devices of an init container to the containers after it', async () => {
    await world.registered('rdma/a', { devices: devicesNamed('a') });
    const containers = [
      { name: 'i', limits: { 'rdma/a': 1 }, init: true },
      { name: 'c', limits: { 'rdma/a': 1 } },
    ];
    const admission = await world.kubelet.admit({ namespace: 'd', name: 'p', containers });
    expect(idsOf(admission, 'rdma/a')).toEqual(['a', 'a']);
  });

  it('passes over a resource that it never heard of', async () => {
    expect(await world.kubelet.admit(pod('p', { 'rdma/none': 1 }))).toMatchObject({
      admitted: true,
      containers: [{ ids: {} }],
    });
  });

  it('calls PreStartContainer only where it is required', async () => {
    const started: (readonly string[])[] = [];
    await world.registered('rdma/a', { devices: devicesNamed('a'), preStart: (ids) => started.push(ids) });
    await world.registered('rdma/b');
    await world.kubelet.admit(pod('p', { 'rdma/a': 1, 'rdma/b': 1 }));
    expect(started).toEqual([['a']]);
    expect(world.kubelet.faults.seen('preStartContainer')).toBe(1);
  });
});

describe('a refusal', () => {
  it('says that there are too few', async () => {
    await world.registered('rdma/a');
    expect(await world.kubelet.admit(pod('p', { 'rdma/a': 9 }))).toEqual(
      refused('requested number of devices unavailable for rdma/a. Requested: 9, Available: 2'),
    );
  });

  it('says that none is healthy, also to those that want none', async () => {
    const plugin = await world.registered('rdma/a');
    plugin.close();
    await world.until('it is gone', (status) => status?.allocatable === 0, 'rdma/a');
    for (const count of [1, 0]) {
      expect(await world.kubelet.admit(pod('p', { 'rdma/a': count }))).toEqual(
        refused('no healthy devices present; cannot allocate unhealthy devices rdma/a'),
      );
    }
  });

  it('gives the words of the plugin', async () => {
    await world.registered('rdma/a', { devices: devicesNamed('a'), allocate: fail });
    expect(await world.kubelet.admit(pod('p', { 'rdma/a': 1 }))).toEqual(
      refused('rpc error: code = Unknown desc = no such HCA'),
    );
  });

  it.each([
    [
      { kind: 'error', message: 'rpc error: code = Unavailable desc = gone' } as const,
      'rpc error: code = Unavailable desc = gone',
    ],
    [{ kind: 'empty' } as const, 'no containers return in allocation response {}'],
  ])('can be forced by %j', async (fault, text) => {
    await world.registered('rdma/a');
    world.kubelet.faults.inject('allocate', fault);
    expect(await world.kubelet.admit(pod('p', { 'rdma/a': 1 }))).toEqual(refused(text));
    expect(await world.kubelet.admit(pod('q', { 'rdma/a': 2 }))).toMatchObject({ admitted: true });
  });

  it('is what a caller gets who waits for a kubelet that is killed', async () => {
    await world.registered('rdma/a');
    world.kubelet.faults.inject('allocate', { kind: 'hang' });
    const admission = expect(world.kubelet.admit(pod('p', { 'rdma/a': 1 }))).rejects.toThrow('the kubelet was stopped');
    await eventuallyTrue('Allocate has begun', () => world.kubelet.faults.seen('allocate') === 1);
    await world.kubelet.stop();
    await admission;
  });
});

describe('GetPreferredAllocation', () => {
  it('is followed as far as it names what is free, and filled up', async () => {
    const plugin = await world.registered('rdma/a', { ...ten, preferred: () => ['9', 'nonsense', '9', '8'] });
    const ids = idsOf(await world.kubelet.admit(pod('p', { 'rdma/a': 3 })), 'rdma/a');
    expect(ids.slice(0, 2)).toEqual(['9', '8']);
    expect(new Set(ids).size).toBe(3);
    expect(plugin.preferences).toEqual([{ available: expect.any(Array), mustInclude: [], size: 3 }]);
    expect(plugin.preferences[0]?.available.toSorted()).toEqual(ten.devices.map(({ ID }) => ID));
  });

  it('names what was chosen before, and fails the pod when it fails', async () => {
    const plugin = await world.registered('rdma/a', { ...ten, preferred: () => [] });
    const containers = [
      { name: 'i', limits: { 'rdma/a': 1 }, init: true },
      { name: 'c', limits: { 'rdma/a': 2 } },
    ];
    const ids = idsOf(await world.kubelet.admit({ namespace: 'd', name: 'p', containers }), 'rdma/a');
    expect(plugin.preferences[1]).toMatchObject({ mustInclude: [ids[0]], size: 2 });
    expect(plugin.preferences[1]?.available).toContain(ids[0]);
    world.kubelet.faults.inject('getPreferredAllocation', { kind: 'error', message: 'broken' });
    expect(await world.kubelet.admit(pod('q', { 'rdma/a': 1 }))).toMatchObject({
      admitted: false,
      message: expect.stringContaining('broken'),
    });
  });
});

describe('the checkpoint', () => {
  it('carries allocations over a restart, and the resource as one without devices', async () => {
    const plugin = await world.registered('rdma/a', { ...ten, allocate: () => ({ envs: { A: '1' } }) });
    const before = await world.kubelet.admit(pod('p', { 'rdma/a': 4 }));
    plugin.close();
    await world.kubelet.restart();
    expect(await world.kubelet.devices('rdma/a')).toEqual({ healthy: [], unhealthy: [], capacity: 0, allocatable: 0 });
    expect(await world.kubelet.admit(pod('q', { 'rdma/a': 1 }))).toMatchObject({
      admitted: false,
      message: expect.stringContaining('no healthy devices'),
    });
    expect(await world.kubelet.admit(pod('p', { 'rdma/a': 4 }))).toEqual(before);
    await world.registered('rdma/a', ten);
    const others = idsOf(await world.kubelet.admit(pod('q', { 'rdma/a': 6 })), 'rdma/a');
    expect(others.filter((id) => idsOf(before, 'rdma/a').includes(id))).toEqual([]);
  });

  it('has the shape of the kubelet', async () => {
    await world.registered('rdma/a', { devices: devicesNamed('a') });
    await world.kubelet.admit(pod('p', { 'rdma/a': 1 }));
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual({
      Data: {
        PodDeviceEntries: [
          {
            PodUID: 'default/p',
            ContainerName: 'c0',
            ResourceName: 'rdma/a',
            DeviceIDs: { '-1': ['a'] },
            AllocResp: '',
          },
        ],
        RegisteredDevices: { 'rdma/a': ['a'] },
      },
      Checksum: expect.any(Number),
    });
  });

  it.each([
    ['is no JSON', (): string => '{'],
    ['was changed', (text: string): string => text.replace('"a"', '"b"')],
  ])('that %s is as none', async (_what, spoil) => {
    await world.registered('rdma/a', { devices: devicesNamed('a') });
    await world.kubelet.admit(pod('p', { 'rdma/a': 1 }));
    await world.kubelet.stop();
    writeFileSync(file(), spoil(readFileSync(file(), 'utf8')));
    await world.kubelet.start();
    expect(await world.kubelet.admit(pod('p', { 'rdma/a': 1 }))).toMatchObject({ containers: [{ ids: {} }] });
  });

  it('can be left out: then a restart forgets all', async () => {
    const forgetful = new KubeletWorld({ checkpoint: false });
    await forgetful.kubelet.start();
    await forgetful.registered('rdma/a', { devices: devicesNamed('a') });
    await forgetful.kubelet.admit(pod('p', { 'rdma/a': 1 }));
    await forgetful.kubelet.restart();
    await forgetful.registered('rdma/a', { devices: devicesNamed('a') });
    expect(await forgetful.kubelet.admit(pod('q', { 'rdma/a': 1 }))).toMatchObject({ admitted: true });
    await forgetful.end();
  });
});
