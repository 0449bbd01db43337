// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';

const longestStretchMs = 20;

/** Lets the event loop turn between steps of long synchronous work, but not more often than it pays. */
export class EventLoopYield {
  private since: number;

  constructor(private readonly clock: Clock) {
    this.since = clock.now();
  }

  /** Call between two steps; a step itself has to be short. */
  async rest(): Promise<void> {
    if (this.clock.now() - this.since <= longestStretchMs) return;
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    this.since = this.clock.now();
  }
}
