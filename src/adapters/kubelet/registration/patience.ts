// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';

/** After which waiting for a kubelet is said, and in mode `auto` the other way is tried. */
export const patienceMs = 10_000;

/** Says once that something has taken long. */
export class Patience {
  private readonly until: number;
  private ended = false;

  constructor(private readonly clock: Clock) {
    this.until = clock.now() + patienceMs;
  }

  get isOver(): boolean {
    return this.clock.now() >= this.until;
  }

  /** True once. */
  endsNow(): boolean {
    if (this.ended || !this.isOver) return false;
    this.ended = true;
    return true;
  }
}
