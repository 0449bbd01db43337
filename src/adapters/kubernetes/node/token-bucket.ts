// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';

/** A rate limit that allows `burst` actions at once, and then one every `refillMs`. */
export class TokenBucket {
  /** When `burst` actions are allowed at once again. */
  private fullAt: number;

  constructor(
    private readonly clock: Clock,
    private readonly burst: number,
    private readonly refillMs: number,
  ) {
    this.fullAt = clock.now();
  }

  /** Returns the milliseconds until the next action is allowed; 0 if it is allowed now. */
  waitMs(): number {
    return Math.max(0, Math.ceil(this.fullAt - this.clock.now() - (this.burst - 1) * this.refillMs));
  }

  /** Counts one action. */
  take(): void {
    this.fullAt = Math.max(this.fullAt, this.clock.now()) + this.refillMs;
  }
}
