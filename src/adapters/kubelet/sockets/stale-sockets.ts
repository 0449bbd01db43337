// SPDX-License-Identifier: Apache-2.0
import { basename } from 'node:path';
import type { Clock } from '#ports/clock.ts';
import { isSocket, removeFile } from './file-state.ts';
import { pluginSockets } from './socket-name.ts';
import { acceptsConnections } from './socket-probe.ts';

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
  private probing: Promise<void> | null = null;
  /** Sockets of other instances that refused at the last sweep. A socket may be bound a moment before it listens. */
  private suspects: ReadonlySet<string> = new Set();

  constructor(
    private readonly clock: Clock,
    private readonly directories: readonly string[],
    private readonly instance: string,
  ) {}

  hold(path: string): void {
    this.inUse.add(path);
  }

  release(path: string): void {
    this.inUse.delete(path);
  }

  /** Starts a sweep, unless the last one is too recent. */
  sweep(): void {
    if (this.clock.now() < this.nextSweepAt) return;
    this.nextSweepAt = this.clock.now() + sweepIntervalMs;
    this.sweepThisInstance();
    this.probing ??= this.sweepOtherInstances().finally(() => {
      this.probing = null;
    });
  }

  /** Sweeps a last time. Resolves when no sweep is in progress. */
  async end(): Promise<void> {
    this.sweepThisInstance();
    await this.probing;
  }

  private sweepThisInstance(): void {
    for (const { path, instance } of this.directories.flatMap(pluginSockets)) {
      if (instance === this.instance && !this.inUse.has(path) && isSocket(path)) removeFile(path);
    }
  }

  private async sweepOtherInstances(): Promise<void> {
    const refusing = new Set<string>();
    for (const { path, instance } of this.directories.flatMap(pluginSockets)) {
      if (instance !== this.instance && !(await acceptsConnections(path)) && isSocket(path)) refusing.add(path);
    }
    for (const path of refusing) if (this.suspects.has(path)) removeFile(path);
    this.suspects = refusing;
  }
}

/** Removes the sockets of this program in a directory on which no process listens. Resolves to their names. */
export async function removeDeadSockets(directory: string): Promise<readonly string[]> {
  const paths = pluginSockets(directory).map(({ path }) => path);
  const alive = await Promise.all(paths.map(acceptsConnections));
  return paths.filter((path, i) => alive[i] !== true && removeFile(path)).map((path) => basename(path));
}
