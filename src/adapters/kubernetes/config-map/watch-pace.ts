// SPDX-License-Identifier: Apache-2.0

/** How often one node asks the API server, so that many nodes do not ask together: see docs/adr/0016. What it comes to is in docs/scale.md. */
export interface WatchPace {
  /** For how long a watch is asked for: each time another between these, so that the watches of many nodes do not end together. */
  readonly watchSeconds: { readonly least: number; readonly most: number };
  /** A watch that is silent for longer hangs. */
  readonly idleMs: number;
  /** A watch that begins with the object as it is, and is silent for this long, is likely of an object that is not there. */
  readonly silenceMs: number;
  /** A watch that broke is opened again within this time: an API server that ends takes the watches of all nodes with it. */
  readonly spreadMs: number;
  /** The pause after a failure doubles from one to the next up to `longest`, with jitter of half both ways. `away` is for what befalls all nodes at once. */
  readonly pauseMs: { readonly refused: number; readonly away: number; readonly longest: number };
  /** A server that has too much to do may ask for a longer pause than ours, up to this. */
  readonly longestRetryAfterMs: number;
}

/** Bookmarks come once a minute (defaultBookmarkFrequency of the API server), and its Retry-After is at most 32 s. */
export const usualPace: WatchPace = {
  watchSeconds: { least: 300, most: 600 },
  idleMs: 180_000,
  silenceMs: 2_000,
  spreadMs: 10_000,
  pauseMs: { refused: 500, away: 4_000, longest: 30_000 },
  longestRetryAfterMs: 120_000,
};

/**
 * How a watch ended. `over`: after the time that it was asked for. `broken`: before, having done its work. `refused`: it was not opened, or could
 * not go on. `away`: nobody answers, or only that there is too much to do; `retryAfterMs` is what the server asked for, 0 for nothing.
 */
export type WatchEnding =
  { readonly kind: 'over' | 'broken' | 'refused' } | { readonly kind: 'away'; readonly retryAfterMs: number };

/** The pauses of one node between its watches. */
export class WatchPauses {
  /** How many of one kind there were in a row. */
  private failures = 0;
  private last: WatchEnding['kind'] = 'over';

  constructor(
    private readonly pace: WatchPace,
    private readonly random: () => number,
  ) {}

  /** In ms. */
  after(ending: WatchEnding): number {
    const { pace, random, last } = this;
    this.last = ending.kind;
    this.failures = ending.kind === last ? this.failures + 1 : 0;
    if (ending.kind === 'over') return 0;
    if (ending.kind === 'broken') return pace.spreadMs * random();
    const pause = this.backOffMs(pace.pauseMs[ending.kind]);
    return ending.kind === 'away' ? Math.max(pause, this.askedFor(ending.retryAfterMs)) : pause;
  }

  private backOffMs(first: number): number {
    const delay = Math.min(first * 2 ** Math.min(this.failures, 10), this.pace.pauseMs.longest);
    return delay * (0.5 + this.random());
  }

  /** All nodes are told the same number: each adds to it. */
  private askedFor(retryAfterMs: number): number {
    return Math.min(retryAfterMs, this.pace.longestRetryAfterMs) * (1 + this.random());
  }
}
