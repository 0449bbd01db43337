// SPDX-License-Identifier: Apache-2.0

/** The items in random order; `random` gives numbers from 0 up to, not including, 1. */
export function shuffled<T>(items: Iterable<T>, random: () => number): T[] {
  const left = [...items];
  const order: T[] = [];
  while (left.length > 0) order.push(...left.splice(Math.floor(random() * left.length), 1));
  return order;
}

/** `count` of the items, or all if there are fewer. Takes time in proportion to `items`, not to its square. */
export function randomChoice<T>(items: Iterable<T>, count: number, random: () => number): T[] {
  const pool = [...items];
  const chosen: T[] = [];
  while (chosen.length < count) {
    const at = Math.floor(random() * pool.length);
    const last = pool.pop();
    if (last === undefined) break;
    const picked = pool[at];
    chosen.push(picked ?? last);
    if (picked !== undefined) pool[at] = last;
  }
  return chosen;
}

/** Numbers that look random and come again with the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
