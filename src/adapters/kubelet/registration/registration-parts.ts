// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';
import type { Logger } from '#ports/logger.ts';
import type { Metrics } from '#ports/metrics.ts';

/** How a plugin makes itself known: by calling Register on kubelet.sock, or by a socket where the plugin watcher looks. */
export const registrationMethods = ['device-plugins', 'plugins-registry'] as const;
export type RegistrationMethod = (typeof registrationMethods)[number];

/** `auto` begins with the registry where that directory exists, as upstream does, and changes over when nobody comes. */
export type RegistrationMode = RegistrationMethod | 'auto';

/** The kubelet's two directories, as this process sees them. */
export interface KubeletDirectories {
  readonly devicePlugins: string;
  readonly pluginsRegistry: string;
}

/** Calls back when something may have changed in either directory. A hint; returns the way to stop it. */
export type WatchDirectories = (onHint: () => void) => () => void;

/**
 * What every registration of the process shares. `random` gives numbers in [0, 1); `wallClock` is the time in milliseconds
 * since 1970, for nothing but telling an older instance of this program from a newer one.
 */
export interface RegistrationParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly random: () => number;
  readonly wallClock: () => number;
  readonly directories: KubeletDirectories;
  readonly mode: RegistrationMode;
  readonly watchDirectories: WatchDirectories;
}

export function directoryOf(way: RegistrationMethod, directories: KubeletDirectories): string {
  return way === 'device-plugins' ? directories.devicePlugins : directories.pluginsRegistry;
}
