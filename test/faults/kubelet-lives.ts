// SPDX-License-Identifier: Apache-2.0
import { FakeKubelet } from '#adapters/fake-kubelet/fake-kubelet.ts';
import { KubeletFaults } from '#adapters/fake-kubelet/faults.ts';
import type { KubeletGeneration, StartDelays } from '#adapters/fake-kubelet/options.ts';
import type { Clock } from '#ports/clock.ts';
import type { Logger } from '#ports/logger.ts';
import type { ResourceStatus } from '#adapters/fake-kubelet/device-manager/device-table.ts';
import type { Admission, PodName, PodRequest } from '#adapters/fake-kubelet/device-manager/pod.ts';

/** What one life of the kubelet is like. */
export interface LifeShape {
  readonly generation: KubeletGeneration;
  readonly wipes: boolean;
  readonly startDelays: StartDelays;
}

/** The kubelets of one node, one after the other, each perhaps of another kind. What misbehaves next outlives them. */
export class KubeletLives {
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

  async begin(shape: LifeShape): Promise<void> {
    if (this.current !== null) return;
    const kubelet = new FakeKubelet({ ...this.node, ...shape, faults: this.faults });
    this.current = kubelet;
    kubelet.onChange(() => this.tell());
    await kubelet.start();
  }

  async end(): Promise<void> {
    const kubelet = this.current;
    this.current = null;
    await kubelet?.stop();
    this.tell();
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

  setReading(resource: string, on: boolean): void {
    this.current?.setReading(resource, on);
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
