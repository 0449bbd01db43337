// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RegistrationStatus } from '#adapters/kubelet-api/generated/pluginregistration/v1/api.ts';
import { KubeletWorld, eventuallyTrue } from './kubelet-world.ts';
import { type TestPlugin, type TestPluginOptions, devicesNamed } from './test-plugin.ts';

describe.each(['K1', 'K2'] as const)('the plugin watcher of a %s FakeKubelet', (generation) => {
  let world: KubeletWorld;
  let notifications: RegistrationStatus[];
  beforeEach(async () => {
    world = new KubeletWorld({ generation });
    notifications = [];
    await world.kubelet.start();
  });
  afterEach(() => world.end());

  const notified = (status: RegistrationStatus): void => {
    notifications.push(status);
  };

  function inRegistry(resource: string, options: TestPluginOptions & { socket?: string } = {}): Promise<TestPlugin> {
    return world.plugin(resource, { dir: world.registry, notified, ...options });
  }

  const allocatable = (count: number) => async (): Promise<boolean> => (await world.allocatable('rdma/a')) === count;

  it('registers a plugin whose socket appears, and notifies it', async () => {
    const plugin = await inRegistry('rdma/a');
    await world.stepUntil('the devices are listed', 1000, allocatable(2));
    await eventuallyTrue('the plugin is notified', () => notifications.length === 1);
    expect(notifications).toEqual([{ pluginRegistered: true, error: '' }]);
    const encoded = encodeURIComponent(plugin.path);
    expect(plugin.authorities).toEqual([encoded, 'localhost', encoded]);
  });

  it('scans subdirectories, and connects to the endpoint that the plugin names', async () => {
    mkdirSync(join(world.registry, 'sub'));
    const elsewhere = await world.plugin('rdma/a');
    await inRegistry('rdma/a', { socket: 'sub/r.sock', info: { endpoint: elsewhere.path } });
    await world.stepUntil('the devices are listed', 1000, allocatable(2));
    expect(elsewhere.streams.size).toBe(1);
  });

  it('ignores hidden sockets and other files', async () => {
    writeFileSync(join(world.registry, 'note'), '');
    await inRegistry('rdma/a', { socket: '.hidden.sock' });
    await inRegistry('rdma/b');
    await world.stepUntil('the other one is listed', 1000, async () => (await world.allocatable('rdma/b')) === 2);
    expect(world.kubelet.faults.seen('dial')).toBe(2);
    expect(await world.kubelet.devices('rdma/a')).toBeNull();
  });

  it('deregisters a plugin when its socket is removed, and registers it when the socket is back', async () => {
    const plugin = await inRegistry('rdma/a');
    await world.stepUntil('the devices are listed', 1000, allocatable(2));
    unlinkSync(plugin.path);
    await world.stepUntil('the devices are removed', 1000, allocatable(0));
    await eventuallyTrue('its stream is closed', () => plugin.streams.size === 0);
    await inRegistry('rdma/a', { socket: 'p0.sock', devices: devicesNamed('x', 'y', 'z') });
    await world.stepUntil('the devices are back', 1000, allocatable(3));
  });

  it('registers a plugin whose socket was replaced between two scans', async () => {
    const plugin = await inRegistry('rdma/a');
    await world.stepUntil('the devices are listed', 1000, allocatable(2));
    await inRegistry('rdma/a', { socket: 'new.sock-not-yet', devices: devicesNamed('x') });
    renameSync(join(world.registry, 'new.sock-not-yet'), plugin.path);
    await world.stepUntil('the new one is listed', 1000, allocatable(1));
    await eventuallyTrue('the old stream is closed', () => plugin.streams.size === 0);
  });

  it('does not re-register when a stream ends and the socket stays', async () => {
    await inRegistry('rdma/a');
    await world.stepUntil('the devices are listed', 1000, allocatable(2));
    world.kubelet.dropStreams('rdma/a');
    await world.until('the stream is dropped', (status) => status?.allocatable === 0, 'rdma/a');
    await world.clock.step(30_000);
    expect(world.kubelet.faults.seen('getInfo')).toBe(1);
  });

  it.each<[string, TestPluginOptions['info'], RegExp]>([
    ['another type', { type: 'GPU' }, /no handler registered for plugin type: GPU/],
    ['another version', { supportedVersions: ['v1alpha1'] }, /not among plugin supported versions/],
  ])('notifies a plugin with %s of the failure', async (_what, info, message) => {
    await inRegistry('rdma/a', info === undefined ? {} : { info });
    await world.stepUntil('the plugin is notified', 1000, () => notifications.length > 0);
    expect(notifications[0]).toEqual({ pluginRegistered: false, error: expect.stringMatching(message) });
  });

  it('sends no notification when GetInfo takes over 1 s, and retries after 0.5 s, 1 s, 2 s and so on', async () => {
    world.kubelet.faults.inject('getInfo', { kind: 'late', ms: 1001 }, 4);
    await inRegistry('rdma/a');
    const { faults } = world.kubelet;
    const begun: number[] = [];
    await world.stepUntil('the devices are listed', 100, async () => {
      if (faults.seen('getInfo') > begun.length) begun.push(world.clock.now());
      return allocatable(2)();
    });
    const gaps = begun.slice(1).map((time, i) => time - (begun[i] ?? 0));
    expect(begun).toHaveLength(5);
    for (const [i, least] of [1500, 2000, 3000, 5000].entries()) {
      expect(gaps[i]).toBeGreaterThanOrEqual(least);
      expect(gaps[i]).toBeLessThan(least + 1500);
    }
    await eventuallyTrue('the plugin is notified', () => notifications.length === 1);
  });

  it('stops waiting for NotifyRegistrationStatus after 5 s', async () => {
    world.kubelet.faults.inject('notifyRegistrationStatus', { kind: 'hang' });
    await inRegistry('rdma/a');
    await world.stepUntil('the devices are listed', 1000, allocatable(2));
    const expected = generation === 'K1' ? 1 : 2;
    await world.stepUntil('20 s pass', 1000, () => world.clock.now() > 20_000);
    expect(world.kubelet.faults.seen('getInfo')).toBe(expected);
  });

  it(`${generation === 'K1' ? 'does not retry' : 'retries'} after a failed registration`, async () => {
    world.kubelet.faults.inject('getDevicePluginOptions', { kind: 'error', message: 'broken' });
    const plugin = await inRegistry('rdma/a');
    await world.stepUntil('the plugin is notified', 1000, () => notifications.length === 1);
    expect(notifications[0]).toEqual({ pluginRegistered: false, error: 'failed to get device plugin options: broken' });
    if (generation === 'K1') {
      await world.stepUntil('60 s pass', 1000, () => world.clock.now() > 60_000);
      expect(notifications).toHaveLength(1);
      unlinkSync(plugin.path);
      await world.stepUntil('2 s pass', 1000, () => world.clock.now() > 62_000);
      await inRegistry('rdma/a', { socket: 'p0.sock' });
    }
    await world.stepUntil('the devices are listed', 1000, allocatable(2));
  });

  it('registers the plugins again after a restart of the kubelet', async () => {
    const plugin = await inRegistry('rdma/a');
    await world.stepUntil('the devices are listed', 1000, allocatable(2));
    await world.kubelet.restart();
    expect(await world.allocatable('rdma/a')).toBe(0);
    await world.stepUntil('the devices are back', 1000, allocatable(2));
    expect(plugin.streams.size).toBe(1);
  });
});
