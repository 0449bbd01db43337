// SPDX-License-Identifier: Apache-2.0

/** `jitter` is the part of a delay by which it may be longer or shorter: 0.25 gives 75 % to 125 % of it. */
export interface BackOffOptions {
  readonly firstMs: number;
  readonly longestMs: number;
  readonly jitter: number;
}

/**
 * Delays between retries: the first is `firstMs`, each next one is double up to `longestMs`. Jitter keeps many callers,
 * such as the nodes of a cluster, from retrying in step.
 */
export class BackOff {
  private failures = 0;

  /** `random` gives numbers in [0, 1). */
  constructor(
    private readonly options: BackOffOptions,
    private readonly random: () => number,
  ) {}

  /** The delay before the next retry, in milliseconds. */
  next(): number {
    const { firstMs, longestMs, jitter } = this.options;
    const delay = Math.min(firstMs * 2 ** Math.min(this.failures, 30), longestMs);
    this.failures += 1;
    return delay * (1 - jitter + 2 * jitter * this.random());
  }

  reset(): void {
    this.failures = 0;
  }
}
