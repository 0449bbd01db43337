// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';

const maxStretchMs = 20;

/** Yields to the event loop between steps of long synchronous work, at most once every 20 ms. */
export class EventLoopYield {
  private lastYieldAt: number;

  constructor(private readonly clock: Clock) {
    this.lastYieldAt = clock.now();
  }

  /** Call it between two short steps. Yields only if the work since the last yield took longer than 20 ms. */
  async maybeYield(): Promise<void> {
    if (this.clock.now() - this.lastYieldAt <= maxStretchMs) return;
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    this.lastYieldAt = this.clock.now();
  }
}
