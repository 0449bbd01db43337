// SPDX-License-Identifier: Apache-2.0
import { basename } from 'node:path';
import type { Clock } from '#ports/clock.ts';
import { Slots } from '#timing/slots.ts';
import { isSocket, removeFile } from './file-state.ts';
import type { SocketListing } from './socket-listing.ts';
import { type PluginSocket, pluginSockets } from './socket-name.ts';
import { isDead } from './socket-probe.ts';

/** The least time between two sweeps: every generation requests them, and hints come in bursts. */
const sweepIntervalMs = 200;

/**
 * Removes sockets of this program that no server uses any more, because the kubelet keeps dialing those in
 * plugins_registry. A socket of this instance is left behind when its directory was not writable, or hidden by a mount,
 * while its server closed. A socket of another instance is left behind when that instance was killed.
 */
export class StaleSockets {
  private readonly inUse = new Set<string>();
  private nextSweepAt = Number.NEGATIVE_INFINITY;
  private sweeping: Promise<void> | null = null;
  /** Sockets of other instances that refused at the last sweep. A socket may be bound a moment before it listens. */
  private suspects: ReadonlySet<string> = new Set();

  constructor(
    private readonly clock: Clock,
    private readonly listing: SocketListing,
    private readonly instance: string,
  ) {}

  hold(path: string): void {
    this.inUse.add(path);
  }

  release(path: string): void {
    this.inUse.delete(path);
  }

  /** Starts a sweep, unless one is under way or the last one is too recent. */
  sweep(): void {
    if (this.clock.now() < this.nextSweepAt || this.sweeping !== null) return;
    this.nextSweepAt = this.clock.now() + sweepIntervalMs;
    this.sweeping = this.sweepAll().finally(() => {
      this.sweeping = null;
    });
  }

  /** Sweeps a last time. Resolves when no sweep is in progress. */
  async end(): Promise<void> {
    await this.sweeping;
    this.sweepThisInstance((await this.listing.list()).all);
  }

  private async sweepAll(): Promise<void> {
    const { all } = await this.listing.list();
    this.sweepThisInstance(all);
    await this.sweepOtherInstances(all);
  }

  private sweepThisInstance(sockets: readonly PluginSocket[]): void {
    for (const { path, instance } of sockets) {
      if (instance === this.instance && !this.inUse.has(path) && isSocket(path)) removeFile(path);
    }
  }

  private async sweepOtherInstances(sockets: readonly PluginSocket[]): Promise<void> {
    const others = sockets.filter(({ instance }) => instance !== this.instance).map(({ path }) => path);
    const dead = (await deadOf(others)).filter(isSocket);
    for (const path of dead) if (this.suspects.has(path)) removeFile(path);
    this.suspects = new Set(dead);
  }
}

/** Removes the sockets of this program in a directory on which no process listens. Resolves to their names. */
export async function removeDeadSockets(directory: string): Promise<readonly string[]> {
  const dead = await deadOf(pluginSockets(directory).map(({ path }) => path));
  return dead.filter(removeFile).map((path) => basename(path));
}

/** Each connection needs a descriptor, and a node can have more dead sockets than a process may have descriptors. */
const connections = 32;

/** Returns the sockets that refuse connections. */
export async function deadOf(paths: readonly string[]): Promise<readonly string[]> {
  const slots = new Slots(connections);
  const dead = await Promise.all(paths.map((path) => slots.use(() => isDead(path))));
  return paths.filter((_, i) => dead[i] === true);
}
