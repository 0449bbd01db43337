// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';
import type { GrantObserver } from '#ports/grant-observer.ts';

/** How many grants are remembered while nobody needs all of them. A node can have 200,000 shares. */
const grantsKept = 1_024;

/** Remembers when shares were granted: all of them while `keepAll` is on, else the latest. */
export class GrantJournal implements GrantObserver {
  /** In the order of the grants. */
  private readonly times = new Map<string, number>();
  private keepsAll = false;

  constructor(private readonly clock: Clock) {}

  granted(resource: string, shareIds: readonly string[]): void {
    for (const id of shareIds) {
      const key = keyOf(resource, id);
      this.times.delete(key);
      this.times.set(key, this.clock.now());
    }
    this.forgetOldest();
  }

  keepAll(isNeeded: boolean): void {
    this.keepsAll = isNeeded;
    this.forgetOldest();
  }

  /** Returns when the share was granted last, in milliseconds of the clock; null if that is not known any more. */
  timeOf(resource: string, shareId: string): number | null {
    return this.times.get(keyOf(resource, shareId)) ?? null;
  }

  private forgetOldest(): void {
    if (this.keepsAll || this.times.size <= grantsKept) return;
    for (const key of this.times.keys()) {
      if (this.times.size <= grantsKept) return;
      this.times.delete(key);
    }
  }
}

function keyOf(resource: string, shareId: string): string {
  return `${resource} ${shareId}`;
}
