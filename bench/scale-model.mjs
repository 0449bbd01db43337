// SPDX-License-Identifier: Apache-2.0
// What many nodes ask of an API server that went away and came back: the pauses of the program's own code, run for each node without a network.

/** mulberry32: the same numbers for the same seed. */
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * All watches break at once, nobody answers for `downMs`, and then no version is known any more: the worst case. A node that noticed begins with the object;
 * one that did not learns it by a request more, unless the server `remembers`. `makePauses` gives a node's WatchPauses. Times are in ms since the server is back.
 */
export function comeBack({ nodes, downMs, remembers = false, random, makePauses }) {
  const asked = [];
  const back = [];
  let inVain = 0;
  for (let node = 0; node < nodes; node += 1) {
    const pauses = makePauses(random);
    let at = pauses.after({ kind: 'broken' });
    const noticed = at < downMs;
    for (; at < downMs; inVain += 1) at += pauses.after({ kind: 'unreachable', retryAfterMs: 0 });
    asked.push(at - downMs);
    if (!noticed && !remembers) {
      at += pauses.after({ kind: 'rejected' });
      asked.push(at - downMs);
    }
    back.push(at - downMs);
  }
  back.sort((a, b) => a - b);
  return {
    requests: asked.length,
    inVain,
    peak: busiestSecond(asked),
    halfMs: back[Math.floor(nodes / 2)],
    lastMs: back.at(-1),
  };
}

/** How many of `times` fall into the busiest second, wherever it begins. */
export function busiestSecond(times) {
  const sorted = times.toSorted((a, b) => a - b);
  let [most, first] = [0, 0];
  for (let last = 0; last < sorted.length; last += 1) {
    while (sorted[last] - sorted[first] >= 1_000) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
