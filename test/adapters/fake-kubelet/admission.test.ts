// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom } from '#adapters/fake-kubelet/device-manager/random-choice.ts';
import type { Admission } from '#adapters/fake-kubelet/device-manager/pod.ts';
import { KubeletWorld, eventuallyTrue, pod } from './kubelet-world.ts';
import { type TestPluginOptions, devicesNamed } from './test-plugin.ts';

let world: KubeletWorld;
beforeEach(async () => {
  world = new KubeletWorld();
  await world.kubelet.start();
});
afterEach(() => world.end());

const tenDevices = { devices: devicesNamed('0', '1', '2', '3', '4', '5', '6', '7', '8', '9') };

function idsOf(admission: Admission, resource: string): readonly string[] {
  if (!admission.admitted) throw new Error(admission.message);
  return admission.containers.flatMap(({ ids }) => ids[resource] ?? []);
}

const responseOf =
  (name: string): NonNullable<TestPluginOptions['allocate']> =>
  () => ({
    envs: { SAME: name, [name]: '1' },
    devices: [
      { containerPath: '/dev/rdma_cm', hostPath: `/dev/${name}`, permissions: 'rw' },
      { containerPath: `/dev/${name}`, hostPath: `/dev/${name}`, permissions: 'rw' },
    ],
    cdiDevices: [{ name: 'v/c=same' }],
  });

const rejected = (text: string): object => ({
  admitted: false,
  reason: 'UnexpectedAdmissionError',
  message: `Pod was rejected: Allocate failed due to ${text}, which is unexpected`,
});

const failAllocate = (): never => {
  throw new Error('no such HCA');
};

const checkpointFile = (): string => join(world.dir, 'kubelet_internal_checkpoint');

describe('FakeKubelet.admit', () => {
  it("allocates the requested number of ids and returns the plugin's response", async () => {
    const plugin = await world.registered('rdma/a', {
      ...tenDevices,
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

  it("merges the responses of a container's resources, and the first response wins", async () => {
    for (const name of ['a', 'b'])
      await world.registered(`rdma/${name}`, { devices: devicesNamed(name), allocate: responseOf(name) });
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

  it('allocates the resources of a container in an order that depends on the seed only', async () => {
    const orders = new Set<string>();
    const allocated: string[] = [];
    for (const name of ['a', 'b']) {
      await world.registered(`rdma/${name}`, {
        ...tenDevices,
        allocate: () => {
          allocated.push(name);
          return {};
        },
      });
    }
    for (let i = 0; i < 10; i += 1) {
      await world.kubelet.admit(pod(`p${i}`, { 'rdma/a': 1, 'rdma/b': 1 }));
      orders.add(allocated.splice(0).join(''));
    }
    expect([...orders].toSorted()).toEqual(['ab', 'ba']);
  });

  it('chooses the same ids for the same seed, other ids for another seed, and not the list order', async () => {
    const choices: string[] = [];
    for (const seed of [7, 7, 8]) {
      const other = new KubeletWorld({ random: seededRandom(seed) });
      await other.kubelet.start();
      await other.registered('rdma/a', tenDevices);
      choices.push(idsOf(await other.kubelet.admit(pod('p', { 'rdma/a': 4 })), 'rdma/a').join());
      await other.end();
    }
    expect(choices[1]).toBe(choices[0]);
    expect(choices[2]).not.toBe(choices[0]);
    expect(choices).not.toContain('0,1,2,3');
  });

  it('allocates an id to one pod at a time, also when pods are admitted concurrently', async () => {
    await world.registered('rdma/a', tenDevices);
    const admissions = await Promise.all(
      ['p', 'q', 'r'].map((name) => world.kubelet.admit(pod(name, { 'rdma/a': 3 }))),
    );
    expect(new Set(admissions.flatMap((admission) => idsOf(admission, 'rdma/a'))).size).toBe(9);
    await world.kubelet.remove(pod('q'));
    expect(idsOf(await world.kubelet.admit(pod('s', { 'rdma/a': 4 })), 'rdma/a')).toHaveLength(4);
  });

  it('returns its present grant to a pod that is admitted again', async () => {
    const plugin = await world.registered('rdma/a', tenDevices);
    const first = await world.kubelet.admit(pod('p', { 'rdma/a': 2 }));
    expect(await world.kubelet.admit(pod('p', { 'rdma/a': 2 }))).toEqual(first);
    expect(plugin.allocated).toHaveLength(1);
    expect(await world.kubelet.admit(pod('p', { 'rdma/a': 3 }))).toMatchObject({
      admitted: false,
      message: expect.stringContaining('changed request'),
    });
  });

  it('reuses the devices of an init container for later containers', async () => {
    await world.registered('rdma/a', { devices: devicesNamed('a') });
    const containers = [
      { name: 'i', limits: { 'rdma/a': 1 }, init: true },
      { name: 'c', limits: { 'rdma/a': 1 } },
    ];
    const admission = await world.kubelet.admit({ namespace: 'd', name: 'p', containers });
    expect(idsOf(admission, 'rdma/a')).toEqual(['a', 'a']);
  });

  it('ignores an unknown resource', async () => {
    expect(await world.kubelet.admit(pod('p', { 'rdma/none': 1 }))).toMatchObject({
      admitted: true,
      containers: [{ ids: {} }],
    });
  });

  it('calls PreStartContainer only for plugins that require it', async () => {
    const started: (readonly string[])[] = [];
    await world.registered('rdma/a', { devices: devicesNamed('a'), preStart: (ids) => started.push(ids) });
    await world.registered('rdma/b');
    await world.kubelet.admit(pod('p', { 'rdma/a': 1, 'rdma/b': 1 }));
    expect(started).toEqual([['a']]);
    expect(world.kubelet.faults.seen('preStartContainer')).toBe(1);
  });
});

describe('FakeKubelet.admit, for a pod that it rejects,', () => {
  it('reports that too few devices are available', async () => {
    await world.registered('rdma/a');
    expect(await world.kubelet.admit(pod('p', { 'rdma/a': 9 }))).toEqual(
      rejected('requested number of devices unavailable for rdma/a. Requested: 9, Available: 2'),
    );
  });

  it('reports that no device is healthy, also to a pod that requests none', async () => {
    const plugin = await world.registered('rdma/a');
    plugin.close();
    await world.until('the plugin is removed', (status) => status?.allocatable === 0, 'rdma/a');
    for (const count of [1, 0]) {
      expect(await world.kubelet.admit(pod('p', { 'rdma/a': count }))).toEqual(
        rejected('no healthy devices present; cannot allocate unhealthy devices rdma/a'),
      );
    }
  });

  it("reports the plugin's error", async () => {
    await world.registered('rdma/a', { devices: devicesNamed('a'), allocate: failAllocate });
    expect(await world.kubelet.admit(pod('p', { 'rdma/a': 1 }))).toEqual(
      rejected('rpc error: code = Unknown desc = no such HCA'),
    );
  });

  it.each([
    [
      { kind: 'error', message: 'rpc error: code = Unavailable desc = gone' } as const,
      'rpc error: code = Unavailable desc = gone',
    ],
    [{ kind: 'empty' } as const, 'no containers return in allocation response {}'],
  ])('reports the injected fault %j', async (fault, text) => {
    await world.registered('rdma/a');
    world.kubelet.faults.inject('allocate', fault);
    expect(await world.kubelet.admit(pod('p', { 'rdma/a': 1 }))).toEqual(rejected(text));
    expect(await world.kubelet.admit(pod('q', { 'rdma/a': 2 }))).toMatchObject({ admitted: true });
  });

  it('rejects when the kubelet is killed meanwhile', async () => {
    await world.registered('rdma/a');
    world.kubelet.faults.inject('allocate', { kind: 'hang' });
    const admission = expect(world.kubelet.admit(pod('p', { 'rdma/a': 1 }))).rejects.toThrow('the kubelet was stopped');
    await eventuallyTrue('Allocate was called', () => world.kubelet.faults.seen('allocate') === 1);
    await world.kubelet.stop();
    await admission;
  });
});

describe('FakeKubelet.admit, where the plugin has GetPreferredAllocation,', () => {
  it('takes the free ids that the plugin prefers, and fills up with others', async () => {
    const plugin = await world.registered('rdma/a', { ...tenDevices, preferred: () => ['9', 'unknown', '9', '8'] });
    const ids = idsOf(await world.kubelet.admit(pod('p', { 'rdma/a': 3 })), 'rdma/a');
    expect(ids.slice(0, 2)).toEqual(['9', '8']);
    expect(new Set(ids).size).toBe(3);
    expect(plugin.preferences).toEqual([{ available: expect.any(Array), mustInclude: [], size: 3 }]);
    expect(plugin.preferences[0]?.available.toSorted()).toEqual(tenDevices.devices.map(({ ID }) => ID));
  });

  it('passes reused ids as mustInclude, and rejects the pod when the call fails', async () => {
    const plugin = await world.registered('rdma/a', { ...tenDevices, preferred: () => [] });
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

describe('the checkpoint of FakeKubelet', () => {
  it('keeps allocations across a restart, and the resource without devices', async () => {
    const plugin = await world.registered('rdma/a', { ...tenDevices, allocate: () => ({ envs: { A: '1' } }) });
    const before = await world.kubelet.admit(pod('p', { 'rdma/a': 4 }));
    plugin.close();
    await world.kubelet.restart();
    expect(await world.kubelet.devices('rdma/a')).toEqual({ healthy: [], unhealthy: [], capacity: 0, allocatable: 0 });
    expect(await world.kubelet.admit(pod('q', { 'rdma/a': 1 }))).toMatchObject({
      admitted: false,
      message: expect.stringContaining('no healthy devices'),
    });
    expect(await world.kubelet.admit(pod('p', { 'rdma/a': 4 }))).toEqual(before);
    await world.registered('rdma/a', tenDevices);
    const others = idsOf(await world.kubelet.admit(pod('q', { 'rdma/a': 6 })), 'rdma/a');
    expect(others.filter((id) => idsOf(before, 'rdma/a').includes(id))).toEqual([]);
  });

  it('has the format of the kubelet', async () => {
    await world.registered('rdma/a', { devices: devicesNamed('a') });
    await world.kubelet.admit(pod('p', { 'rdma/a': 1 }));
    expect(JSON.parse(readFileSync(checkpointFile(), 'utf8'))).toEqual({
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
    ['is not JSON', (): string => '{'],
    ['was changed', (text: string): string => text.replace('"a"', '"b"')],
  ])('is ignored where it %s', async (_what, corrupt) => {
    await world.registered('rdma/a', { devices: devicesNamed('a') });
    await world.kubelet.admit(pod('p', { 'rdma/a': 1 }));
    await world.kubelet.stop();
    writeFileSync(checkpointFile(), corrupt(readFileSync(checkpointFile(), 'utf8')));
    await world.kubelet.start();
    expect(await world.kubelet.admit(pod('p', { 'rdma/a': 1 }))).toMatchObject({ containers: [{ ids: {} }] });
  });

  it('can be turned off, so that a restart forgets all allocations', async () => {
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
