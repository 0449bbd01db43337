// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';
import type { Admission, Kubelet, PodName, PodRequest, ResourceStatus } from '#ports/kubelet.ts';
import type { Logger } from '#ports/logger.ts';
import { KubeletFaults } from './kubelet-faults.ts';
import { type KubeletGeneration, type KubeletSwitches, kubeletSwitches } from './kubelet-generation.ts';
import { KubeletLife } from './kubelet-life.ts';
import type { PluginConnection } from './plugin-connection.ts';

/** Pauses in the start of the kubelet, by its clock. */
export interface StartDelays {
  readonly beforeWipeMs: number;
  readonly beforeBindMs: number;
  /** While it lasts connections are accepted but not answered. */
  readonly beforeServeMs: number;
}

export interface FakeKubeletSettings {
  /** Both directories are made if they are missing. The first one's sockets are deleted at each start. */
  readonly devicePluginsDir: string;
  readonly pluginsRegistryDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly switches: KubeletSwitches;
  /** Whether allocations and resource names outlive a restart, in a file in `devicePluginsDir`. */
  readonly checkpoint: boolean;
  /** From 0 up to, not including, 1; decides which ids are given and in which order a container's resources are asked for. */
  readonly random: () => number;
  readonly faults: KubeletFaults;
  readonly startDelays: StartDelays;
}

/** The directories and the clock, and whatever is to differ from a kubelet of the generation, K2 if not said. */
export type FakeKubeletOptions = Pick<FakeKubeletSettings, 'devicePluginsDir' | 'pluginsRegistryDir' | 'clock'> &
  Partial<Omit<FakeKubeletSettings, 'switches' | 'startDelays'>> & {
    readonly generation?: KubeletGeneration;
    readonly switches?: Partial<KubeletSwitches>;
    readonly startDelays?: Partial<StartDelays>;
  };

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

function settingsOf(options: FakeKubeletOptions): FakeKubeletSettings {
  const { generation = 'K2', ...given } = options;
  return {
    logger: { log: () => {} },
    checkpoint: true,
    random: Math.random,
    faults: new KubeletFaults(),
    ...given,
    switches: { ...kubeletSwitches[generation], ...options.switches },
    startDelays: { beforeWipeMs: 0, beforeBindMs: 0, beforeServeMs: 0, ...options.startDelays },
  };
}
