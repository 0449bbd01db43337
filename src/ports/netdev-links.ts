// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';

/** Brings network links of the host up. */
export abstract class NetdevLinks {
  /** Brings the link up (IFF_UP) unless it is up already. Resolves to the problem if that fails, else to null. */
  abstract raise(netdev: string): Promise<Problem | null>;
}
