// SPDX-License-Identifier: Apache-2.0
import { seededRandom } from '#adapters/fake-kubelet/device-manager/random-choice.ts';

/** Random choices that a seed reproduces. */
export class Random {
  private readonly next: () => number;

  constructor(seed: number) {
    this.next = seededRandom(seed);
  }

  /** Returns a whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.between(0, items.length - 1)] ?? items[0];
  }

  /** Returns null if the list is empty. */
  pickOrNull<T>(items: readonly T[]): T | null {
    const [first, ...others] = items;
    return first === undefined ? null : this.pick([first, ...others]);
  }

  /** Returns true with the given probability, from 0 to 1. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Picks an item with a probability proportional to its weight. Returns null if the list is empty. */
  pickWeighted<T extends { readonly weight: number }>(items: readonly T[]): T | null {
    let remaining = this.next() * items.reduce((sum, { weight }) => sum + weight, 0);
    for (const item of items) {
      remaining -= item.weight;
      if (remaining < 0) return item;
    }
    return null;
  }
}
