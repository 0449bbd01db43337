// SPDX-License-Identifier: Apache-2.0
import type { Cancel, Clock } from '#ports/clock.ts';

/** Turns a burst of changes into one call. */
export class DebouncedHint {
  private pending: Cancel | null = null;
  private stopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly delayMs: number,
    private readonly onHint: () => void,
  ) {}

  soon(): void {
    if (this.stopped) return;
    this.pending ??= this.clock.after(this.delayMs, () => {
      this.pending = null;
      this.onHint();
    });
  }

  /** No call comes after this. */
  stop(): void {
    this.stopped = true;
    this.pending?.();
    this.pending = null;
  }
}
