// SPDX-License-Identifier: Apache-2.0
import type { Cancel, Clock } from '#ports/clock.ts';

/** The clock of one process: its timers die with the process, at `end`. */
export class ProcessClock implements Clock {
  private readonly pending = new Set<Cancel>();
  private ended = false;

  constructor(private readonly clock: Clock) {}

  now(): number {
    return this.clock.now();
  }

  after(delayMs: number, run: () => void): Cancel {
    if (this.ended) return () => {};
    const cancel = this.clock.after(delayMs, () => {
      this.pending.delete(forget);
      run();
    });
    const forget = (): void => {
      cancel();
      this.pending.delete(forget);
    };
    this.pending.add(forget);
    return forget;
  }

  /** Resolves after `ms`, without a timer where that is 0. Never resolves when the process ends first. */
  delay(ms: number): Promise<void> {
    return ms <= 0 ? Promise.resolve() : new Promise((resolve) => this.after(ms, resolve));
  }

  /** Cancels all timers. No timer fires after this. */
  end(): void {
    this.ended = true;
    for (const cancel of this.pending) cancel();
  }
}
