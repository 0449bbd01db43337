// SPDX-License-Identifier: Apache-2.0
// Models the requests of many nodes to an API server that comes back after an outage. It runs the program's own pauses
// for each node, without a network.

/** Returns a source of pseudo-random numbers that repeats for the same seed (mulberry32). */
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
 * Models the worst case: all watches break at once, the server is down for `downMs`, and then it has forgotten all
 * resource versions. A node that noticed the outage starts with a get. A node that did not makes one request more to
 * learn it, unless the server `remembers` the versions. `makePauses` returns the WatchPauses of a node. Times are in
 * milliseconds since the server is back.
 */
export function comeBack({ nodes, downMs, remembers = false, random, makePauses }) {
  const requestTimes = [];
  const back = [];
  let inVain = 0;
  for (let node = 0; node < nodes; node += 1) {
    const pauses = makePauses(random);
    let at = pauses.after({ kind: 'broken' });
    const noticed = at < downMs;
    for (; at < downMs; inVain += 1) at += pauses.after({ kind: 'unreachable', retryAfterMs: 0 });
    requestTimes.push(at - downMs);
    if (!noticed && !remembers) {
      at += pauses.after({ kind: 'rejected' });
      requestTimes.push(at - downMs);
    }
    back.push(at - downMs);
  }
  back.sort((a, b) => a - b);
  return {
    requests: requestTimes.length,
    inVain,
    peak: busiestSecond(requestTimes),
    halfMs: back[Math.floor(nodes / 2)],
    lastMs: back.at(-1),
  };
}

/** Returns how many of `times` fall into the busiest second, wherever it starts. */
export function busiestSecond(times) {
  const sorted = times.toSorted((a, b) => a - b);
  let [most, first] = [0, 0];
  for (let last = 0; last < sorted.length; last += 1) {
    while (sorted[last] - sorted[first] >= 1_000) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
