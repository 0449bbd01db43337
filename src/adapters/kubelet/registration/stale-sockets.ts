// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import type { Clock } from '#ports/clock.ts';
import { type KubeletDirectories, directoryOf, registrationMethods } from './registration-parts.ts';
import { acceptsConnections, isSocket, ownSockets, removeFile } from './socket-file.ts';

/** Between two looks: every generation asks for them, and hints come in bursts. */
const restMs = 200;

/**
 * Sockets that nobody holds any more. Of this instance: their directory could not be written to when their server closed, or
 * something was mounted over it and it is there again. Of another one: it was killed. In the registry the kubelet goes on dialling
 * them, so they go when they are seen. Their names never come back, so nothing that somebody needs is taken.
 */
export class StaleSockets {
  private readonly held = new Set<string>();
  private nextAt = Number.NEGATIVE_INFINITY;
  private asking: Promise<void> | null = null;
  /** Of others, those that refused at the last look: one that is just being made listens at the next. */
  private suspects: ReadonlySet<string> = new Set();

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
    this.sweepOwn();
    this.asking ??= this.sweepOthers().finally(() => {
      this.asking = null;
    });
  }

  /** The last look. Resolves when all that was begun has ended. */
  async end(): Promise<void> {
    this.sweepOwn();
    await this.asking;
  }

  private sweepOwn(): void {
    for (const path of this.socketsOf((instance) => instance === this.instance)) {
      if (!this.held.has(path) && isSocket(path)) removeFile(path);
    }
  }

  private async sweepOthers(): Promise<void> {
    const refusing = new Set<string>();
    for (const path of this.socketsOf((instance) => instance !== this.instance)) {
      if (!(await acceptsConnections(path)) && isSocket(path)) refusing.add(path);
    }
    for (const path of refusing) if (this.suspects.has(path)) removeFile(path);
    this.suspects = refusing;
  }

  private socketsOf(isWanted: (instance: string) => boolean): readonly string[] {
    return registrationMethods.flatMap((way) => {
      const directory = directoryOf(way, this.directories);
      return ownSockets(directory).flatMap(({ name, instance }) => (isWanted(instance) ? [join(directory, name)] : []));
    });
  }
}
