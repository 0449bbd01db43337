// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';

/** Sets network interfaces of the host up. */
export abstract class NetdevLinks {
  /** Null when the interface is administratively up now, was it before or not; else what kept it down. Never rejects. */
  abstract raise(netdev: string): Promise<Problem | null>;
}
