// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from '@jest/globals';
import type { RegistrationMethod } from '#adapters/kubelet/registration/method.ts';
import { SysfsTree } from '../support/sysfs-tree.ts';
import { nonEmpty, until } from '../support/processes.ts';
import { PluginProcess } from './plugin-process.ts';
import { containerdVersion, directoryOfContainerd } from './programs.mjs';
import { RealKubelet } from './real-kubelet.ts';
import { RealNode } from './real-node.ts';
import { StaticPod } from './static-pod.ts';

export const methods: readonly RegistrationMethod[] = ['device-plugins', 'plugins-registry'];
export const resource = 'rdma/hca_shared_devices';
export const shareIds = ['0', '1', '2', '3', '4', '5', '6', '7'];
/** The settings of the resource, without its name. */
const poolSettings = { rdmaHcaMax: shareIds.length, selectors: { vendors: ['15b3'] } };

export const allNodes = ['rdma_cm', 'umad0', 'umad10', 'uverbs0', 'uverbs1'];

export type ContainerdKind = 'packaged' | 'with-cdi';

/** A node with a real kubelet, a host with two HCAs, and the built program as a process. */
export class Tier {
  readonly host = new SysfsTree();
  readonly node: RealNode;
  readonly kubelet: RealKubelet;
  readonly plugin: PluginProcess;

  private readonly settingsFile: string;

  constructor(
    private readonly method: RegistrationMethod,
    private readonly containerd: ContainerdKind = 'packaged',
    settings: object = poolSettings,
  ) {
    for (const number of [0, 1])
      this.host.addHca({ name: `mlx5_${number}`, number, pci: { numa_node: `${number}\n` } });
    this.node = new RealNode(
      containerd === 'packaged' ? '/usr/bin' : directoryOfContainerd(containerdVersion),
      allNodes,
    );
    this.kubelet = new RealKubelet(this.node);
    this.settingsFile = join(this.node.directory, 'settings.json');
    this.write(this.settingsFile, { resourceName: 'hca_shared_devices', ...settings });
    this.plugin = new PluginProcess(this.words(this.settingsFile));
  }

  /** Replaces the settings of the plugin. */
  configure(resourceEntry: object): void {
    this.write(this.settingsFile, resourceEntry);
  }

  /** Returns a second plugin on the node, with settings of its own. */
  anotherPlugin(resourceEntry: object): PluginProcess {
    const file = join(this.node.directory, 'other-settings.json');
    this.write(file, resourceEntry);
    return new PluginProcess(this.words(file));
  }

  async start(version: string): Promise<void> {
    try {
      await this.node.start();
      await this.kubelet.start(version);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  pod(name: string, shares: number): StaticPod {
    return new StaticPod(this.kubelet, name, resource, shares);
  }

  /** Waits until exactly these ids are healthy for the kubelet. Resolves to the time of that, in milliseconds. */
  untilListed(ids: readonly string[]): Promise<number> {
    const expected = ids.join();
    // A kubelet answers at most 100 of these calls a second.
    return until(
      `the kubelet lists ${ids.length} healthy shares`,
      async () => (await this.kubelet.resources.allocatable(resource)).join() === expected && performance.now(),
      11,
    );
  }

  /** Expects that the pod holds exactly these ids. Waits first, because PodResources can be empty after a start. */
  async expectHeld(pod: string, ids: readonly string[]): Promise<void> {
    const held = await until(
      `PodResources lists pod ${pod}`,
      async () => nonEmpty(await this.pod(pod, ids.length).held()),
      11,
    );
    expect(held).toEqual(ids);
  }

  async close(): Promise<void> {
    await this.plugin.end('SIGKILL');
    await this.node.close();
    this.host.destroy();
  }

  /** Scans often, so that a failed scan is soon noticed. */
  private write(file: string, resourceEntry: object): void {
    writeFileSync(file, JSON.stringify({ periodicUpdateInterval: 2, configList: [resourceEntry] }));
  }

  private words(file: string): readonly string[] {
    return [
      ...['--config-file', file, '--host-root', this.host.root, '--registration', this.method],
      ...['--device-plugins-dir', this.node.devicePlugins, '--plugins-registry-dir', this.node.pluginsRegistry],
      ...(this.containerd === 'with-cdi' ? ['--use-cdi', '--cdi-dir', this.node.cdi] : []),
    ];
  }
}

/**
 * Returns one tier for all tests of the current group. It is created and set up at first use, and closed after the tests,
 * even if its setup fails: jest would otherwise wait for containerd.
 */
export function sharedTier(create: () => Tier, setUp: (tier: Tier) => Promise<void>): () => Promise<Tier> {
  let tier: Tier | null = null;
  let ready: Promise<Tier> | null = null;
  const start = async (): Promise<Tier> => {
    tier = create();
    await setUp(tier);
    return tier;
  };
  afterAll(() => tier?.close());
  return () => (ready ??= start());
}
