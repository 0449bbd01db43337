// SPDX-License-Identifier: Apache-2.0
import { seededRandom } from '#adapters/fake-kubelet/device-manager/random-choice.ts';

/** Choices that come again with the same seed. */
export class Dice {
  private readonly next: () => number;

  constructor(seed: number) {
    this.next = seededRandom(seed);
  }

  /** A whole number from `low` up to and including `high`. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  one<T>(items: readonly [T, ...T[]]): T {
    return items[this.between(0, items.length - 1)] ?? items[0];
  }

  /** One of some items that may be none; null then. */
  any<T>(items: readonly T[]): T | null {
    const [first, ...others] = items;
    return first === undefined ? null : this.one([first, ...others]);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the items, each as often as its weight says. */
  weighted<T extends { readonly weight: number }>(items: readonly T[]): T | null {
    let left = this.next() * items.reduce((sum, { weight }) => sum + weight, 0);
    for (const item of items) {
      left -= item.weight;
      if (left < 0) return item;
    }
    return null;
  }
}
