// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';

const BURST = 10;
const CALLS_PER_MS = 0.1;

/** The limit over all callers of the socket (kubelet: apis/podresources/grpc, ratelimit.go). */
export class RateLimit {
  private allowed = BURST;
  private at: number;

  constructor(private readonly clock: Clock) {
    this.at = clock.now();
  }

  /** Returns whether a call may be made now, and counts it if so. */
  take(): boolean {
    const now = this.clock.now();
    this.allowed = Math.min(BURST, this.allowed + (now - this.at) * CALLS_PER_MS);
    this.at = now;
    if (this.allowed < 1) return false;
    this.allowed -= 1;
    return true;
  }
}
