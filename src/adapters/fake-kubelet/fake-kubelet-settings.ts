// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';
import type { Logger } from '#ports/logger.ts';
import { KubeletFaults } from './kubelet-faults.ts';
import { type KubeletGeneration, type KubeletSwitches, kubeletSwitches } from './kubelet-generation.ts';

/** Pauses in the start of the kubelet, by its clock. */
export interface StartDelays {
  readonly beforeWipeMs: number;
  readonly beforeBindMs: number;
  /** While it lasts connections are accepted but not answered. */
  readonly beforeServeMs: number;
}

export interface FakeKubeletSettings {
  /** Both directories are made if they are missing. The first one's sockets are deleted at each start, see `wipes`. */
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
  /** Whether a start deletes the sockets in `devicePluginsDir`, as kubelets do; no plugin may depend on it. */
  readonly wipes: boolean;
}

/** The directories and the clock, and whatever is to differ from a kubelet of the generation, K2 if not said. */
export type FakeKubeletOptions = Pick<FakeKubeletSettings, 'devicePluginsDir' | 'pluginsRegistryDir' | 'clock'> &
  Partial<Omit<FakeKubeletSettings, 'switches' | 'startDelays'>> & {
    readonly generation?: KubeletGeneration;
    readonly switches?: Partial<KubeletSwitches>;
    readonly startDelays?: Partial<StartDelays>;
  };

/** The options with everything that was not said. */
export function settingsOf(options: FakeKubeletOptions): FakeKubeletSettings {
  const { generation = 'K2', ...given } = options;
  return {
    logger: { log: () => {} },
    checkpoint: true,
    random: Math.random,
    faults: new KubeletFaults(),
    wipes: true,
    ...given,
    switches: { ...kubeletSwitches[generation], ...options.switches },
    startDelays: { beforeWipeMs: 0, beforeBindMs: 0, beforeServeMs: 0, ...options.startDelays },
  };
}
