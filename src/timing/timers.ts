// SPDX-License-Identifier: Apache-2.0
import type { Cancel, Clock } from '#ports/clock.ts';

/** The longest wait of a timer that counts milliseconds in 31 bits. */
const longestMs = 2_147_483_647;

/** Timers with a name, at most one of each. None fires after `stop`. */
export class Timers {
  private readonly pending = new Map<string, Cancel>();
  private stopped = false;

  constructor(private readonly clock: Clock) {}

  /** Replaces the timer of that name. Null means none. A wait that is too long for a timer ends early. */
  set(name: string, delayMs: number | null, run: () => void): void {
    this.pending.get(name)?.();
    this.pending.delete(name);
    if (delayMs === null || this.stopped) return;
    const cancel = this.clock.after(Math.min(Math.max(delayMs, 0), longestMs), () => {
      this.pending.delete(name);
      run();
    });
    this.pending.set(name, cancel);
  }

  stop(): void {
    this.stopped = true;
    for (const cancel of this.pending.values()) cancel();
    this.pending.clear();
  }
}
