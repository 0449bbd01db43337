// SPDX-License-Identifier: Apache-2.0
import type { Cancel, Clock } from '#ports/clock.ts';

/** A clock that runs `factor` times as fast as another, so that a test need not wait for slow periods. */
export class AcceleratedClock implements Clock {
  constructor(
    private readonly clock: Clock,
    private readonly factor: number,
  ) {}

  now(): number {
    return this.clock.now() * this.factor;
  }

  after(delayMs: number, run: () => void): Cancel {
    return this.clock.after(delayMs / this.factor, run);
  }
}
