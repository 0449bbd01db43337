// SPDX-License-Identifier: Apache-2.0
import type { GenerationEnd } from './generation.ts';

const firstMs = 100;
/**
 * A kubelet that comes and goes must find us within a second, and so must a directory or a disk, which cost us alone to try; a
 * kubelet that says no each time may be left alone for longer.
 */
const longestMs = { soon: 800, other: 10_000 };
const soon: ReadonlySet<GenerationEnd['cause']> = new Set(['lost', 'unbound', 'unasked']);
/** Enough to keep a node's resources from coming in step. */
const newKubeletMs = 10;
/** A stream that was open for so long was a good one: what ended it is a new event. */
export const goodMs = 5_000;

/**
 * How long to wait before the next generation: it doubles from one bad end to the next, with jitter of a quarter both
 * ways so that the resources of one node, and the nodes of a cluster, do not come in step. The two kinds of end count apart: a
 * kubelet that took us again and again has never said no, and its first no may be its only one.
 */
export class BackOff {
  private readonly delayMs = { soon: firstMs, other: firstMs };

  constructor(private readonly random: () => number) {}

  /** `kubeletIsNew`: the kubelet that had us has gone, so nobody has refused us yet, and it may be back any moment. */
  after(end: GenerationEnd, kubeletIsNew: boolean): number {
    if (kubeletIsNew) {
      this.reset();
      return newKubeletMs * this.random();
    }
    if (end.servedMs > 0) this.delayMs.other = firstMs;
    if (end.servedMs >= goodMs) this.delayMs.soon = firstMs;
    const kind = soon.has(end.cause) ? 'soon' : 'other';
    const delay = this.delayMs[kind];
    this.delayMs[kind] = Math.min(delay * 2, longestMs[kind]);
    return delay * (0.75 + this.random() / 2);
  }

  reset(): void {
    this.delayMs.soon = firstMs;
    this.delayMs.other = firstMs;
  }
}
