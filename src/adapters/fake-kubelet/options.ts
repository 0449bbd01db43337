// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';
import type { Logger } from '#ports/logger.ts';
import { KubeletFaults } from './faults.ts';

/** The differences between kubelets that a device plugin can see. */
export interface KubeletSwitches {
  /** Whether the kubelet keeps one plugin for each resource, the last that registered, or one for each socket. */
  readonly clientTable: 'by-resource' | 'by-socket';
  /** Whether a second Register on a socket in use is refused, or accepted without a new stream. */
  readonly sameSocket: 'refused' | 'taken-silently';
  /** Whether the plugin watcher retries a plugin that it failed to register (kubernetes PR 133335). */
  readonly watcherFailure: 'stuck' | 'retried';
  readonly userAgent: string;
}

/** K1: up to 1.36. K2: from 1.37. */
export type KubeletGeneration = 'K1' | 'K2';

const switchesOf: Readonly<Record<KubeletGeneration, KubeletSwitches>> = {
  K1: { clientTable: 'by-resource', sameSocket: 'refused', watcherFailure: 'stuck', userAgent: 'grpc-go/1.72.1' },
  K2: { clientTable: 'by-socket', sameSocket: 'refused', watcherFailure: 'retried', userAgent: 'grpc-go/1.82.1' },
};

/** Pauses while the kubelet starts, by its clock. */
export interface StartDelays {
  readonly beforeWipeMs: number;
  readonly beforeBindMs: number;
  /** Meanwhile, connections are accepted but not answered. */
  readonly beforeServeMs: number;
}

export interface FakeKubeletSettings {
  /** The kubelet creates the directories where they are missing. */
  readonly devicePluginsDir: string;
  readonly pluginsRegistryDir: string;
  /** Where PodResources is served, on `kubelet.sock`; null (the default) if it is not served. */
  readonly podResourcesDir: string | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly switches: KubeletSwitches;
  /** Whether allocations and resource names survive a restart, in a file in `devicePluginsDir`. */
  readonly checkpoint: boolean;
  /** Returns numbers in [0, 1). Decides which ids are allocated, and in which order a container's resources are. */
  readonly random: () => number;
  readonly faults: KubeletFaults;
  readonly startDelays: StartDelays;
  /** Whether a start removes the sockets in `devicePluginsDir`, as kubelets do. No plugin may depend on it. */
  readonly wipes: boolean;
}

/** The directories, the clock, and the deviations from a kubelet of the generation, which is K2 by default. */
export type FakeKubeletOptions = Pick<FakeKubeletSettings, 'devicePluginsDir' | 'pluginsRegistryDir' | 'clock'> &
  Partial<Omit<FakeKubeletSettings, 'switches' | 'startDelays'>> & {
    readonly generation?: KubeletGeneration;
    readonly switches?: Partial<KubeletSwitches>;
    readonly startDelays?: Partial<StartDelays>;
  };

/** Fills in the defaults. */
export function settingsOf(options: FakeKubeletOptions): FakeKubeletSettings {
  const { generation = 'K2', ...given } = options;
  return {
    logger: { log: () => {} },
    podResourcesDir: null,
    checkpoint: true,
    random: Math.random,
    faults: new KubeletFaults(),
    wipes: true,
    ...given,
    switches: { ...switchesOf[generation], ...options.switches },
    startDelays: { beforeWipeMs: 0, beforeBindMs: 0, beforeServeMs: 0, ...options.startDelays },
  };
}
