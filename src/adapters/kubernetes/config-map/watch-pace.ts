// SPDX-License-Identifier: Apache-2.0
import { BackOff } from '#timing/back-off.ts';

/**
 * How often one node calls the API server, so that many nodes do not call at once: see docs/adr/0016. docs/scale.md has
 * the resulting load.
 */
export interface WatchPace {
  /** The timeout of a watch is random between these, so that the watches of many nodes do not end together. */
  readonly watchSeconds: { readonly least: number; readonly most: number };
  /** A watch that is silent for longer is closed: its connection hangs. */
  readonly idleMs: number;
  /** A watch that begins with the object and is silent for this long is probably of an object that does not exist. */
  readonly silenceMs: number;
  /** A watch that broke is opened again within this time: an API server that stops breaks the watches of all nodes. */
  readonly spreadMs: number;
  /**
   * The first and the longest pause after a failure, which doubles with each failure of the same kind and has a jitter
   * of 50 %. `rejected` is for failures of this node, `unreachable` for those that probably affect all nodes.
   */
  readonly pauseMs: { readonly rejected: number; readonly unreachable: number; readonly longest: number };
  /** An overloaded server may request a longer pause than these, up to this. */
  readonly longestRetryAfterMs: number;
}

/** Bookmarks come once a minute (defaultBookmarkFrequency of the API server), and its Retry-After is at most 32 s. */
export const usualPace: WatchPace = {
  watchSeconds: { least: 300, most: 600 },
  idleMs: 180_000,
  silenceMs: 2_000,
  spreadMs: 10_000,
  pauseMs: { rejected: 500, unreachable: 4_000, longest: 30_000 },
  longestRetryAfterMs: 120_000,
};

/**
 * How a watch ended. `expired`: its timeout was over. `broken`: it worked, and ended before its timeout. `rejected`:
 * the server did not open it, or could not continue it. `unreachable`: no server responded, or an overloaded one did,
 * which asked for a pause of `retryAfterMs`; 0 if it did not.
 */
export type WatchEnding =
  | { readonly kind: 'expired' | 'broken' | 'rejected' }
  | { readonly kind: 'unreachable'; readonly retryAfterMs: number };

/** The pauses of one node between its watches. */
export class WatchPauses {
  private readonly backOffs: Readonly<Record<'rejected' | 'unreachable', BackOff>>;
  private previous: WatchEnding['kind'] = 'expired';

  constructor(
    private readonly pace: WatchPace,
    private readonly random: () => number,
  ) {
    const { rejected, unreachable, longest } = pace.pauseMs;
    const backOff = (firstMs: number): BackOff => new BackOff({ firstMs, longestMs: longest, jitter: 0.5 }, random);
    this.backOffs = { rejected: backOff(rejected), unreachable: backOff(unreachable) };
  }

  /** Returns the pause after a watch that ended like this, in milliseconds. */
  after(ending: WatchEnding): number {
    const isRepeated = ending.kind === this.previous;
    this.previous = ending.kind;
    if (ending.kind === 'expired') return 0;
    if (ending.kind === 'broken') return this.pace.spreadMs * this.random();
    const backOff = this.backOffs[ending.kind];
    if (!isRepeated) backOff.reset();
    const pause = backOff.next();
    return ending.kind === 'unreachable' ? Math.max(pause, this.withJitter(ending.retryAfterMs)) : pause;
  }

  /** All nodes get the same Retry-After, so each one adds to it at random. */
  private withJitter(retryAfterMs: number): number {
    return Math.min(retryAfterMs, this.pace.longestRetryAfterMs) * (1 + this.random());
  }
}
