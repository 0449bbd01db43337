// SPDX-License-Identifier: Apache-2.0
import { existsSync, lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeKubelet } from '#adapters/fake-kubelet/fake-kubelet.ts';
import { KubeletWorld, eventuallyTrue } from './kubelet-world.ts';
import { devicesNamed } from './test-plugin.ts';

const device = (ID: string, health: string): { ID: string; health: string; topology: null } => ({
  ID,
  health,
  topology: null,
});

const kubeletSocket = (world: KubeletWorld): string => join(world.dir, 'kubelet.sock');

describe.each(['K1', 'K2'] as const)('a %s FakeKubelet', (generation) => {
  let world: KubeletWorld;
  beforeEach(async () => {
    world = new KubeletWorld({ generation });
    await world.kubelet.start();
  });
  afterEach(() => world.end());

  it('reports a resource after its first list, not after Register', async () => {
    expect(await world.kubelet.devices('rdma/a')).toBeNull();
    world.kubelet.faults.inject('listAndWatch', { kind: 'hang' });
    await world.register(await world.plugin('rdma/a'));
    expect(await world.kubelet.devices('rdma/a')).toBeNull();
    await world.registered('rdma/b', { devices: devicesNamed('x', 'y') });
    expect(await world.kubelet.devices('rdma/b')).toEqual({
      healthy: ['x', 'y'],
      unhealthy: [],
      capacity: 2,
      allocatable: 2,
    });
  });

  it('calls a plugin that registered on kubelet.sock with the authority localhost', async () => {
    const plugin = await world.registered('rdma/a');
    expect(plugin.authorities).toEqual(['localhost']);
  });

  it.each([
    ['an unknown version', { version: 'v1beta2', resourceName: 'rdma/a' }, /v1beta2.*v1beta1/],
    ['no version', { version: '', resourceName: 'rdma/a' }, /version/],
    ['a resource name without a domain', { resourceName: 'hca' }, /"hca" is invalid/],
    ['a resource name under kubernetes.io', { resourceName: 'x.kubernetes.io/a' }, /is invalid/],
  ])('refuses Register with %s, with status UNKNOWN', async (_what, request, message) => {
    await expect(world.call(request)).rejects.toMatchObject({ code: 2, details: expect.stringMatching(message) });
  });

  it('fails Register when it cannot connect to the plugin within 10 s', async () => {
    let error: unknown = null;
    world.call({ endpoint: 'none.sock', resourceName: 'rdma/a' }).catch((reason: unknown) => {
      error = reason;
    });
    await eventuallyTrue('the kubelet dials', () => world.kubelet.faults.seen('dial') === 1);
    await world.clock.step(9000);
    expect(error).toBeNull();
    await world.stepUntil('Register fails', 1000, () => error !== null);
    expect(error).toMatchObject({ code: 2, details: 'failed to dial device plugin: context deadline exceeded' });
  });

  it('refuses Register as often as faults are injected', async () => {
    const plugin = await world.plugin('rdma/a');
    world.kubelet.faults.inject('register', { kind: 'error', message: 'not now' }, 2);
    await expect(world.register(plugin)).rejects.toMatchObject({ code: 2, details: 'not now' });
    await expect(world.register(plugin)).rejects.toMatchObject({ code: 2 });
    await expect(world.register(plugin)).resolves.toBeUndefined();
    expect(world.kubelet.faults.seen('register')).toBe(3);
  });

  it('responds to Register without a call to the plugin where the fault `empty` is injected', async () => {
    const plugin = await world.plugin('rdma/a');
    world.kubelet.faults.inject('register', { kind: 'empty' });
    await world.register(plugin);
    expect(plugin.authorities).toEqual([]);
  });

  it('fails Register with the error of GetDevicePluginOptions', async () => {
    const plugin = await world.plugin('rdma/a');
    world.kubelet.faults.inject('getDevicePluginOptions', {
      kind: 'error',
      message: 'rpc error: code = Unavailable desc = x',
    });
    await expect(world.register(plugin)).rejects.toMatchObject({
      details: 'failed to get device plugin options: rpc error: code = Unavailable desc = x',
    });
  });

  it('marks all devices unhealthy when the only stream ends, and removes them after 5 minutes', async () => {
    const plugin = await world.registered('rdma/a');
    plugin.close();
    await world.until('the plugin is removed', (status) => status?.allocatable === 0, 'rdma/a');
    expect(await world.kubelet.devices('rdma/a')).toMatchObject({ capacity: 2, unhealthy: ['a', 'b'] });
    await world.clock.step(300_000);
    expect(await world.kubelet.devices('rdma/a')).toMatchObject({ capacity: 2 });
    await world.clock.step(1);
    expect(await world.kubelet.devices('rdma/a')).toEqual({ healthy: [], unhealthy: [], capacity: 0, allocatable: 0 });
  });

  it('does not reopen a stream that ended until the plugin registers again', async () => {
    const plugin = await world.registered('rdma/a');
    world.kubelet.dropStreams('rdma/a');
    await world.until('the stream is dropped', (status) => status?.allocatable === 0, 'rdma/a');
    await eventuallyTrue('the plugin loses its stream', () => plugin.streams.size === 0);
    await world.clock.step(60_000);
    expect(world.kubelet.openStreams('rdma/a')).toBe(0);
    await world.register(await world.plugin('rdma/a'));
    await world.until('the devices are back', (status) => status?.allocatable === 2, 'rdma/a');
  });

  it('does not see new lists while reading is off', async () => {
    const plugin = await world.registered('rdma/a');
    world.kubelet.setReading('rdma/a', false);
    plugin.send(devicesNamed('a'));
    await world.registered('rdma/b');
    expect(await world.allocatable('rdma/a')).toBe(2);
    world.kubelet.setReading('rdma/a', true);
    await world.until('the list is read', (status) => status?.allocatable === 1, 'rdma/a');
  });
});

describe('FakeKubelet, for a list,', () => {
  let world: KubeletWorld;
  beforeEach(async () => {
    world = new KubeletWorld();
    await world.kubelet.start();
  });
  afterEach(() => world.end());

  it.each([
    [
      'replaces the previous list',
      [device('c', 'Healthy')],
      { healthy: ['c'], unhealthy: [], capacity: 1, allocatable: 1 },
    ],
    ['counts no devices where the list is empty', [], { healthy: [], unhealthy: [], capacity: 0, allocatable: 0 }],
    [
      'counts a device as healthy only by the exact word',
      [device('a', 'healthy'), device('b', '')],
      { healthy: [], unhealthy: ['a', 'b'], capacity: 2, allocatable: 0 },
    ],
    [
      'counts a duplicate id once where both are healthy',
      [device('a', 'Healthy'), device('a', 'Healthy')],
      { healthy: ['a'], unhealthy: [], capacity: 1, allocatable: 1 },
    ],
    [
      'counts a duplicate id twice where one is unhealthy',
      [device('a', 'Healthy'), device('a', 'Unhealthy')],
      { healthy: ['a'], unhealthy: ['a'], capacity: 2, allocatable: 1 },
    ],
  ])('%s', async (_what, list, expected) => {
    const plugin = await world.registered('rdma/a', { devices: devicesNamed('a', 'b', 'z') });
    plugin.send(list);
    await world.until('the list arrives', (status) => status?.capacity === expected.capacity, 'rdma/a');
    expect(await world.kubelet.devices('rdma/a')).toEqual(expected);
  });

  it('ends the stream of a list over 4 MiB', async () => {
    const plugin = await world.registered('rdma/a');
    plugin.send([device('x'.repeat(4_194_304), 'Healthy')]);
    await world.until('the plugin is dropped', (status) => status?.allocatable === 0, 'rdma/a');
    expect(await world.kubelet.devices('rdma/a')).toMatchObject({ unhealthy: ['a', 'b'] });
    expect(world.kubelet.openStreams('rdma/a')).toBe(0);
  });

  it('accepts 200,000 devices and allocates some of them', async () => {
    const many = Array.from({ length: 200_000 }, (_, i) => device(i.toString(36), 'Healthy'));
    await world.registered('rdma/a', { devices: many });
    const admission = await world.kubelet.admit({
      namespace: 'd',
      name: 'p',
      containers: [{ name: 'c', limits: { 'rdma/a': 100 } }],
    });
    expect(admission).toMatchObject({ admitted: true });
  }, 60_000);
});

describe('FakeKubelet, with two plugins for one resource,', () => {
  let world: KubeletWorld;
  afterEach(() => world.end());

  async function two(
    generation: 'K1' | 'K2',
  ): Promise<{
    first: Awaited<ReturnType<KubeletWorld['registered']>>;
    second: Awaited<ReturnType<KubeletWorld['registered']>>;
  }> {
    world = new KubeletWorld({ generation });
    await world.kubelet.start();
    const first = await world.registered('rdma/a');
    const second = await world.registered('rdma/a', { devices: devicesNamed('x', 'y', 'z') });
    return { first, second };
  }

  it('as K1 keeps the stream of the first plugin, and drops the second when the first ends', async () => {
    const { first, second } = await two('K1');
    expect(world.kubelet.openStreams('rdma/a')).toBe(2);
    first.close();
    await world.until('all devices are unhealthy', (status) => status?.allocatable === 0, 'rdma/a');
    await eventuallyTrue('the second loses its stream', () => second.streams.size === 0);
    expect(await world.kubelet.devices('rdma/a')).toMatchObject({ capacity: 3 });
  });

  it.each([0, 1])('as K2 serves from the other plugin when plugin %d ends', async (ending) => {
    const { first, second } = await two('K2');
    const [gone, left] = ending === 0 ? [first, second] : [second, first];
    gone.close();
    await eventuallyTrue('its stream is closed', () => world.kubelet.openStreams('rdma/a') === 1);
    expect(await world.allocatable('rdma/a')).toBe(3);
    await world.kubelet.admit({ namespace: 'd', name: 'p', containers: [{ name: 'c', limits: { 'rdma/a': 1 } }] });
    expect(left.allocated).toHaveLength(1);
    left.close();
    await world.until('the last one is removed', (status) => status?.allocatable === 0, 'rdma/a');
  });

  it('as K1 accepts a second Register on the same socket', async () => {
    const { first } = await two('K1');
    await world.register(first);
    await eventuallyTrue('a third stream is open', () => world.kubelet.openStreams('rdma/a') === 3);
  });

  it('as K2 refuses a second Register on the same socket, and then does not notice that the first plugin ends', async () => {
    const { first, second } = await two('K2');
    second.close();
    await eventuallyTrue('the second has ended', () => world.kubelet.openStreams('rdma/a') === 1);
    await expect(world.register(first)).rejects.toMatchObject({
      code: 2,
      details: `device plugin already connected: ${first.path}`,
    });
    first.close();
    await eventuallyTrue('the first has ended', () => world.kubelet.openStreams('rdma/a') === 0);
    expect(await world.allocatable('rdma/a')).toBe(3);
    await expect(world.register(await world.plugin('rdma/a', { socket: 'p0.sock' }))).rejects.toMatchObject({
      code: 2,
    });
    await world.registered('rdma/a', { devices: devicesNamed('n') });
    expect(await world.allocatable('rdma/a')).toBe(1);
  });

  it('as a later K2 accepts a second Register on the same socket without a new stream', async () => {
    world = new KubeletWorld({ switches: { sameSocket: 'taken-silently' } });
    await world.kubelet.start();
    const plugin = await world.registered('rdma/a');
    await world.register(plugin);
    await world.registered('rdma/b');
    expect(world.kubelet.openStreams('rdma/a')).toBe(1);
    expect(world.kubelet.faults.seen('dial')).toBe(2);
  });
});

describe('FakeKubelet.start', () => {
  let world: KubeletWorld;
  afterEach(() => world.end());

  it('removes sockets and no other files; the kubelet leaves its own socket when it is killed', async () => {
    world = new KubeletWorld({ checkpoint: false });
    mkdirSync(join(world.dir, 'sub'), { recursive: true });
    writeFileSync(join(world.dir, 'note'), '');
    const [plugin, inner] = [
      await world.plugin('rdma/a'),
      await world.plugin('rdma/a', { dir: join(world.dir, 'sub') }),
    ];
    await world.kubelet.start();
    expect([plugin.path, inner.path, join(world.dir, 'note')].map((path) => existsSync(path))).toEqual([
      false,
      true,
      true,
    ]);
    const before = lstatSync(kubeletSocket(world));
    await world.kubelet.stop();
    expect(lstatSync(kubeletSocket(world)).ino).toBe(before.ino);
    await expect(world.call({ resourceName: 'rdma/a' })).rejects.toMatchObject({ code: 14 });
    await world.kubelet.start();
    expect(lstatSync(kubeletSocket(world)).isSocket()).toBe(true);
    expect(lstatSync(kubeletSocket(world)).birthtimeMs).not.toBe(before.birthtimeMs);
  });

  it('keeps the sockets of plugins where `wipes` is off', async () => {
    world = new KubeletWorld({ wipes: false });
    mkdirSync(world.dir);
    const plugin = await world.plugin('rdma/a');
    await world.kubelet.start();
    expect(existsSync(plugin.path)).toBe(true);
    await world.register(plugin);
    await world.kubelet.restart();
    expect(existsSync(plugin.path)).toBe(true);
  });

  it('creates its directory again after it was removed from under a running kubelet', async () => {
    world = new KubeletWorld();
    await world.kubelet.start();
    const plugin = await world.registered('rdma/a');
    rmSync(world.dir, { recursive: true });
    plugin.close();
    await world.until('the stream ends', (status) => status?.allocatable === 0, 'rdma/a');
    await world.kubelet.restart();
    expect(lstatSync(kubeletSocket(world)).isSocket()).toBe(true);
  });

  it('can delay the wipe, the bind and the first answer', async () => {
    world = new KubeletWorld({ startDelays: { beforeWipeMs: 10, beforeBindMs: 20, beforeServeMs: 30 } });
    mkdirSync(world.dir);
    const early = await world.plugin('rdma/a');
    const started = world.kubelet.start();
    expect(existsSync(early.path)).toBe(true);
    await world.clock.step(10);
    expect(existsSync(early.path)).toBe(false);
    const late = await world.plugin('rdma/a');
    expect(existsSync(kubeletSocket(world))).toBe(false);
    await world.clock.step(20);
    await eventuallyTrue('the kubelet binds its socket', () => existsSync(kubeletSocket(world)));
    await connectOnce(kubeletSocket(world));
    let answered = false;
    const registered = world.register(late).finally(() => {
      answered = true;
    });
    await world.clock.step(29);
    expect(answered).toBe(false);
    await world.stepUntil('the kubelet answers', 1, () => answered);
    await Promise.all([started, registered]);
  });

  it('rejects if the path of its directory is too long for a socket, and can be called again', async () => {
    world = new KubeletWorld();
    const long = new FakeKubelet({
      devicePluginsDir: join(world.dir, 'x'.repeat(100)),
      pluginsRegistryDir: world.registry,
      clock: world.clock,
    });
    await expect(long.start()).rejects.toThrow('longer than 107 bytes');
    await expect(long.start()).rejects.toThrow('longer than 107 bytes');
    expect(world.clock.pending).toBe(0);
  });

  it('rejects when the kubelet is killed meanwhile', async () => {
    world = new KubeletWorld({ startDelays: { beforeBindMs: 1000 } });
    const started = world.kubelet.start();
    const outcome = expect(started).rejects.toThrow('the kubelet was stopped');
    await world.kubelet.stop();
    await outcome;
    expect(world.clock.pending).toBe(0);
    expect(existsSync(kubeletSocket(world))).toBe(false);
  });

  it('starts a kubelet that, when killed, breaks its streams and leaves no timer', async () => {
    world = new KubeletWorld();
    await world.kubelet.start();
    const plugin = await world.registered('rdma/a');
    await world.kubelet.stop();
    await eventuallyTrue('the plugin loses its stream', () => plugin.streams.size === 0);
    expect(world.clock.pending).toBe(0);
    await expect(world.kubelet.devices('rdma/a')).rejects.toThrow('not running');
  });
});

function connectOnce(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once('error', reject).once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
