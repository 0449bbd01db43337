// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';

/** Brings network links of the host up. */
export abstract class NetdevLinks {
  /** Sets the link administratively up, unless it is. Resolves to the problem if that fails; otherwise to null. */
  abstract raise(netdev: string): Promise<Problem | null>;
}
