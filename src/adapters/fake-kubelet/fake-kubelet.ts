// SPDX-License-Identifier: Apache-2.0
import type { PluginConnection } from './connection/plugin.ts';
import type { ResourceStatus } from './device-manager/device-table.ts';
import { PodTable } from './device-manager/pod-table.ts';
import type { Admission, PodName, PodRequest } from './device-manager/pod.ts';
import type { KubeletFaults } from './faults.ts';
import { KubeletProcess } from './kubelet-process.ts';
import { type FakeKubeletOptions, type FakeKubeletSettings, settingsOf } from './options.ts';
import type { NodeObjects } from './process-parts.ts';

/**
 * The kubelet of one node, as a device plugin sees it: real gRPC on real sockets, with faults on demand. The methods
 * are for a test or a demo that controls the node.
 */
export class FakeKubelet {
  /** The planned faults. They persist across restarts. */
  readonly faults: KubeletFaults;
  private readonly settings: FakeKubeletSettings;
  private readonly listeners = new Set<() => void>();
  private readonly objects: NodeObjects = { resources: new Set(), pods: new PodTable() };
  private process: KubeletProcess | null = null;

  constructor(options: FakeKubeletOptions) {
    this.settings = settingsOf(options);
    this.faults = this.settings.faults;
  }

  /** Resolves when plugins can register. Removes all sockets in the device-plugins directory, unless `wipes` is off. */
  async start(): Promise<void> {
    if (this.process !== null) throw new Error('the kubelet is already running');
    const process = new KubeletProcess(this.settings, this.objects, () => this.notify());
    this.process = process;
    try {
      await process.start();
    } catch (error) {
      if (this.process === process) await this.stop();
      throw error;
    }
  }

  /** Kills the kubelet: connections break, socket files stay, and no timer or handle remains. */
  async stop(): Promise<void> {
    const process = this.process;
    this.process = null;
    await process?.kill();
    this.notify();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Resolves to null for a resource that the node never reported, and to zeros for one that it has lost. */
  async devices(resource: string): Promise<ResourceStatus | null> {
    return this.running().status(resource);
  }

  /**
   * Admits one pod at a time. A pod that was admitted before, even before a restart, gets the same again, without a
   * call to the plugin. An unknown resource is ignored.
   */
  async admit(pod: PodRequest): Promise<Admission> {
    return this.running().admit(pod);
  }

  /** Frees the pod's devices. An unknown pod is not an error. */
  async remove(pod: PodName): Promise<void> {
    this.running().remove(pod);
  }

  /** Calls `listener` after each possible change of `devices`. Returns a function that ends the subscription. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Returns the NUMA nodes of each device of the resource, by id. */
  numaNodes(resource: string): ReadonlyMap<string, readonly number[]> {
    return this.running().parts.devices.numaNodes(resource);
  }

  /** Returns the number of open list streams of the resource. A plugin that was replaced may still have one. */
  openStreams(resource: string): number {
    return this.streams(resource).length;
  }

  /** Cancels the list streams of the resource. */
  dropStreams(resource: string): void {
    for (const connection of this.streams(resource)) connection.dropStream();
  }

  /** While reading is off, lists queue up in the plugin and the kubelet does not see them. */
  setReading(resource: string, on: boolean): void {
    for (const connection of this.streams(resource)) connection.setReading(on);
  }

  private streams(resource: string): readonly PluginConnection[] {
    return this.process?.registrar.streams(resource) ?? [];
  }

  private running(): KubeletProcess {
    if (this.process === null) throw new Error('the kubelet is not running');
    return this.process;
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}
