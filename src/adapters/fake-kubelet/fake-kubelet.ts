// SPDX-License-Identifier: Apache-2.0
import type { Admission, Kubelet, PodName, PodRequest, ResourceStatus } from './fake-kubelet-control.ts';
import { type FakeKubeletOptions, type FakeKubeletSettings, settingsOf } from './fake-kubelet-settings.ts';
import type { KubeletFaults } from './kubelet-faults.ts';
import { KubeletLife } from './kubelet-life.ts';
import type { PluginConnection } from './connection/plugin-connection.ts';

/** A kubelet as device plugins see it, with real gRPC on real sockets, that can also misbehave. */
export class FakeKubelet implements Kubelet {
  readonly faults: KubeletFaults;
  private readonly settings: FakeKubeletSettings;
  private readonly listeners = new Set<() => void>();
  private readonly onNode = new Set<string>();
  private life: KubeletLife | null = null;

  constructor(options: FakeKubeletOptions) {
    this.settings = settingsOf(options);
    this.faults = this.settings.faults;
  }

  async start(): Promise<void> {
    if (this.life !== null) throw new Error('the kubelet is running');
    const life = new KubeletLife(this.settings, this.onNode, () => this.tell());
    this.life = life;
    try {
      await life.start();
    } catch (error) {
      if (this.life === life) await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const life = this.life;
    this.life = null;
    await life?.kill();
    this.tell();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async devices(resource: string): Promise<ResourceStatus | null> {
    return this.running().status(resource);
  }

  async admit(pod: PodRequest): Promise<Admission> {
    return this.running().admit(pod);
  }

  async remove(pod: PodName): Promise<void> {
    this.running().remove(pod);
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The NUMA nodes of each share of the resource, by id. */
  numaNodes(resource: string): ReadonlyMap<string, readonly number[]> {
    return this.running().numaNodes(resource);
  }

  /** How many list streams of the resource are open now; a kubelet that has replaced a plugin keeps its stream. */
  openStreams(resource: string): number {
    return this.streams(resource).length;
  }

  /** Ends the list streams of the resource from the kubelet's side. */
  dropStreams(resource: string): void {
    for (const connection of this.streams(resource)) connection.dropStream();
  }

  /** While reading is off, lists pile up in the plugin and are not seen. */
  setReading(resource: string, on: boolean): void {
    for (const connection of this.streams(resource)) connection.setReading(on);
  }

  private streams(resource: string): readonly PluginConnection[] {
    return (this.life?.registrar.streams(resource) ?? []).filter(({ streaming }) => streaming);
  }

  private running(): KubeletLife {
    if (this.life === null) throw new Error('the kubelet is not running');
    return this.life;
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
