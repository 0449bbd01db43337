// SPDX-License-Identifier: Apache-2.0
import { FakeKubelet } from '#adapters/fake-kubelet/fake-kubelet.ts';
import { KubeletFaults } from '#adapters/fake-kubelet/faults.ts';
import type { KubeletGeneration, StartDelays } from '#adapters/fake-kubelet/options.ts';
import type { Clock } from '#ports/clock.ts';
import type { Logger } from '#ports/logger.ts';
import type { ResourceStatus } from '#adapters/fake-kubelet/device-manager/device-table.ts';
import type { Admission, PodName, PodRequest } from '#adapters/fake-kubelet/device-manager/pod.ts';

/** The properties in which the kubelets of the campaign differ. */
export interface KubeletVariant {
  readonly generation: KubeletGeneration;
  /** Whether it deletes all sockets in the device-plugins directory when it starts. */
  readonly wipes: boolean;
  readonly startDelays: StartDelays;
}

/** The kubelet of a node. Each start can make another variant of it. Its injected faults persist across restarts. */
export class RestartableKubelet {
  readonly faults = new KubeletFaults();
  private readonly listeners = new Set<() => void>();
  private current: FakeKubelet | null = null;

  constructor(
    private readonly node: {
      readonly devicePluginsDir: string;
      readonly pluginsRegistryDir: string;
      readonly clock: Clock;
      readonly logger: Logger;
      readonly random: () => number;
    },
  ) {}

  get running(): boolean {
    return this.current !== null;
  }

  async start(variant: KubeletVariant): Promise<void> {
    if (this.current !== null) return;
    const kubelet = new FakeKubelet({ ...this.node, ...variant, faults: this.faults });
    this.current = kubelet;
    kubelet.onChange(() => this.notify());
    await kubelet.start();
  }

  async stop(): Promise<void> {
    const kubelet = this.current;
    this.current = null;
    await kubelet?.stop();
    this.notify();
  }

  async devices(resource: string): Promise<ResourceStatus | null> {
    return (await this.current?.devices(resource)) ?? null;
  }

  async admit(pod: PodRequest): Promise<Admission | null> {
    return (await this.current?.admit(pod)) ?? null;
  }

  async remove(pod: PodName): Promise<void> {
    await this.current?.remove(pod);
  }

  openStreams(resource: string): number {
    return this.current?.openStreams(resource) ?? 0;
  }

  dropStreams(resource: string): void {
    this.current?.dropStreams(resource);
  }

  setReading(resource: string, enabled: boolean): void {
    this.current?.setReading(resource, enabled);
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}
