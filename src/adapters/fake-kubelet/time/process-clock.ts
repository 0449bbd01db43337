// SPDX-License-Identifier: Apache-2.0
import type { Cancel, Clock } from '#ports/clock.ts';

/** The clock of one kubelet process. `end` cancels its timers, as when a process is killed. */
export class ProcessClock implements Clock {
  private readonly pending = new Set<Cancel>();
  private isEnded = false;

  constructor(private readonly clock: Clock) {}

  get ended(): boolean {
    return this.isEnded;
  }

  now(): number {
    return this.clock.now();
  }

  after(delayMs: number, run: () => void): Cancel {
    if (this.ended) return () => {};
    const cancel = this.clock.after(delayMs, () => {
      this.pending.delete(cancel);
      run();
    });
    this.pending.add(cancel);
    return () => {
      cancel();
      this.pending.delete(cancel);
    };
  }

  /** Resolves after `ms`, without a timer where that is 0. Never resolves if the process ends first. */
  delay(ms: number): Promise<void> {
    return ms <= 0 ? Promise.resolve() : new Promise((resolve) => this.after(ms, resolve));
  }

  /** Cancels all timers. No timer fires after this. */
  end(): void {
    this.isEnded = true;
    for (const cancel of this.pending) cancel();
  }
}
