// SPDX-License-Identifier: Apache-2.0
import { watchDirectory } from '#adapters/host/directory-hints.ts';
import type { Cancel, Clock } from '#ports/clock.ts';
import { fileIdentity } from './file-state.ts';
import { isPluginSocketName } from './socket-name.ts';

/** Events after the first of a burst wait this long, so that many cost as much as one. */
const burstMs = 25;

interface Armed {
  readonly identity: string | null;
  readonly stop: Cancel;
}

/**
 * Watches the directories of the kubelet once for all registrations. Other programs put files there as well, and a
 * kubelet writes a checkpoint at each change, so only names that matter give a hint: kubelet.sock, and the sockets of
 * this program.
 */
export class SharedWatch {
  private readonly listeners = new Set<() => void>();
  private readonly armed = new Map<string, Armed>();
  private burst: Cancel | null = null;
  private isMissed = false;

  constructor(
    private readonly directories: readonly string[],
    private readonly clock: Clock,
  ) {}

  /** Calls `onHint` when something may have changed in a directory. Returns the function that stops it. */
  readonly watch = (onHint: () => void): Cancel => {
    const listener = (): void => onHint();
    this.listeners.add(listener);
    for (const directory of this.directories) this.arm(directory);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.disarm();
    };
  };

  /** A watch stays with the directory that it was created for, so a replaced directory needs a new one. */
  private arm(directory: string): void {
    const identity = fileIdentity(directory);
    const armed = this.armed.get(directory);
    if (armed?.identity === identity) return;
    armed?.stop();
    const stop = watchDirectory(directory, (name) => {
      if (name === null || name === 'kubelet.sock' || isPluginSocketName(name)) this.changed();
    });
    this.armed.set(directory, { identity, stop });
  }

  private disarm(): void {
    for (const { stop } of this.armed.values()) stop();
    this.armed.clear();
    this.burst?.();
    this.burst = null;
  }

  private changed(): void {
    if (this.burst !== null) {
      this.isMissed = true;
      return;
    }
    this.isMissed = false;
    this.burst = this.clock.after(burstMs, () => {
      this.burst = null;
      if (this.isMissed) this.changed();
    });
    for (const listener of [...this.listeners]) listener();
  }
}
