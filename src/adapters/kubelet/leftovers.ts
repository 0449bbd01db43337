// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import type { Clock } from '#ports/clock.ts';
import { type KubeletDirectories, directoryOf, registrationWays } from './registration-parts.ts';
import { isSocket, ownSockets, removeFile } from './socket-file.ts';

/** Between two looks: every generation asks for them, and hints come in bursts. */
const restMs = 200;

/**
 * Sockets of this instance that no generation holds any more: their directory could not be written to when their server
 * closed, or something was mounted over it and it is there again. In the registry the kubelet goes on dialling them, so
 * they go when they are seen. Their names never come back, so nothing that somebody needs is taken.
 */
export class Leftovers {
  private readonly held = new Set<string>();
  private nextAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly directories: KubeletDirectories,
    private readonly instance: string,
  ) {}

  hold(path: string): void {
    this.held.add(path);
  }

  release(path: string): void {
    this.held.delete(path);
  }

  /** Looks again, unless it has done so a moment ago. */
  sweep(): void {
    if (this.clock.now() < this.nextAt) return;
    this.nextAt = this.clock.now() + restMs;
    this.sweepNow();
  }

  sweepNow(): void {
    for (const path of this.socketsHere()) if (!this.held.has(path) && isSocket(path)) removeFile(path);
  }

  private socketsHere(): readonly string[] {
    return registrationWays.flatMap((way) => {
      const directory = directoryOf(way, this.directories);
      return ownSockets(directory).flatMap(({ name, instance }) => (instance === this.instance ? [join(directory, name)] : []));
    });
  }
}
