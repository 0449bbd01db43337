// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';

/** A rate limit that allows `burst` actions at once, and then one every `refillMs`. */
export class TokenBucket {
  private tokens: number;
  private refilledAt: number;

  constructor(
    private readonly clock: Clock,
    private readonly burst: number,
    private readonly refillMs: number,
  ) {
    this.tokens = burst;
    this.refilledAt = clock.now();
  }

  /** Returns the milliseconds until the next action is allowed; 0 if it is allowed now. */
  waitMs(): number {
    this.refill();
    return this.tokens >= 1 ? 0 : Math.ceil((1 - this.tokens) * this.refillMs);
  }

  /** Counts one action. */
  take(): void {
    this.refill();
    this.tokens -= 1;
  }

  private refill(): void {
    const now = this.clock.now();
    this.tokens = Math.min(this.burst, this.tokens + (now - this.refilledAt) / this.refillMs);
    this.refilledAt = now;
  }
}
