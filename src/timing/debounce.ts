// SPDX-License-Identifier: Apache-2.0
import type { Cancel, Clock } from '#ports/clock.ts';

/** Turns a burst of triggers into one call, `delayMs` after the first of them. */
export class Debounce {
  private pending: Cancel | null = null;
  private stopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly delayMs: number,
    private readonly run: () => void,
  ) {}

  trigger(): void {
    if (this.stopped) return;
    this.pending ??= this.clock.after(this.delayMs, () => {
      this.pending = null;
      this.run();
    });
  }

  /** No call comes after this. */
  stop(): void {
    this.stopped = true;
    this.pending?.();
    this.pending = null;
  }
}
