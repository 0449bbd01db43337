// SPDX-License-Identifier: Apache-2.0

/**
 * Returns `count` random items in random order, or all if there are fewer, in time linear in the number of items.
 * `random` returns numbers in [0, 1).
 */
export function randomChoice<T>(items: Iterable<T>, count: number, random: () => number): T[] {
  const pool = [...items];
  const chosen: T[] = [];
  while (chosen.length < count) {
    const index = Math.floor(random() * pool.length);
    const last = pool.pop();
    if (last === undefined) break;
    const picked = pool[index];
    chosen.push(picked ?? last);
    if (picked !== undefined) pool[index] = last;
  }
  return chosen;
}

/** Returns a source of pseudo-random numbers in [0, 1) that repeats for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
