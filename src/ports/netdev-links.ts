// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';

/** Brings network links of the host up. */
export abstract class NetdevLinks {
  /** Resolves to null if the link is administratively up now, whether or not it was before; else to the problem. */
  abstract raise(netdev: string): Promise<Problem | null>;
}
