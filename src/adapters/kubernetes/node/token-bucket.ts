// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';

/** Lets `burst` things happen at once, and then one each `refillMs`. */
export class TokenBucket {
  private tokens: number;
  private counted: number;

  constructor(
    private readonly clock: Clock,
    private readonly burst: number,
    private readonly refillMs: number,
  ) {
    this.tokens = burst;
    this.counted = clock.now();
  }

  /** Milliseconds till the next thing may happen; 0 for now. */
  waitMs(): number {
    this.refill();
    return this.tokens >= 1 ? 0 : Math.ceil((1 - this.tokens) * this.refillMs);
  }

  /** Notes that something happened. */
  take(): void {
    this.refill();
    this.tokens -= 1;
  }

  private refill(): void {
    const now = this.clock.now();
    this.tokens = Math.min(this.burst, this.tokens + (now - this.counted) / this.refillMs);
    this.counted = now;
  }
}
