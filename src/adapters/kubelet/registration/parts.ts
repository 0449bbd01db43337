// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import type { Clock } from '#ports/clock.ts';
import type { Logger } from '#ports/logger.ts';
import type { Metrics } from '#ports/metrics.ts';
import type { StaleSockets } from '../sockets/stale-sockets.ts';

/**
 * How a plugin registers: it calls Register on kubelet.sock (`device-plugins`), or it puts a socket where the plugin
 * watcher of the kubelet finds it (`plugins-registry`).
 */
export const registrationMethods = ['device-plugins', 'plugins-registry'] as const;
export type RegistrationMethod = (typeof registrationMethods)[number];

/** `auto` begins with `plugins-registry` where that directory exists, and switches when no kubelet makes contact. */
export type RegistrationMode = RegistrationMethod | 'auto';

/** The kubelet's two directories, as this process sees them. */
export interface KubeletDirectories {
  readonly devicePlugins: string;
  readonly pluginsRegistry: string;
}

/** Calls back when something may have changed in either directory. Only a hint. Returns how to stop it. */
type WatchDirectories = (onHint: () => void) => () => void;

/** What all registrations of the process share. */
export interface RegistrationParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Returns numbers in [0, 1). */
  readonly random: () => number;
  /** Milliseconds since 1970. Serves only to tell an older instance of this program from a newer one. */
  readonly wallClock: () => number;
  readonly directories: KubeletDirectories;
  readonly mode: RegistrationMode;
  readonly watchDirectories: WatchDirectories;
}

/** What the registrations of one instance share; see `nameInstance`. */
export interface InstanceParts extends RegistrationParts {
  readonly instance: string;
  readonly staleSockets: StaleSockets;
}

export function directoryOf(method: RegistrationMethod, directories: KubeletDirectories): string {
  return method === 'device-plugins' ? directories.devicePlugins : directories.pluginsRegistry;
}

/** The directories of all registration methods. */
export function socketDirectories(directories: KubeletDirectories): readonly string[] {
  return registrationMethods.map((method) => directoryOf(method, directories));
}

/** Returns the path of the socket on which the kubelet serves Register. */
export function kubeletSocketOf(directories: KubeletDirectories): string {
  return join(directories.devicePlugins, 'kubelet.sock');
}
