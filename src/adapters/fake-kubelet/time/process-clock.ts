// SPDX-License-Identifier: Apache-2.0
import type { Cancel, Clock } from '#ports/clock.ts';

/** A clock whose timers end with the process that set them: after `end` none fires, old or new. */
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

  end(): void {
    this.ended = true;
    for (const cancel of this.pending) cancel();
  }
}
