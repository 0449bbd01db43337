// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';
import { BackOff } from '#timing/back-off.ts';

/** kubelet: goroutinemap/exponentialbackoff. */
const delays = { firstMs: 500, longestMs: 122_000, jitter: 0 };

/** Decides when the kubelet may retry an operation on a socket path. */
export class SocketBackOff {
  private readonly failures = new Map<string, { readonly backOff: BackOff; readonly retryAt: number }>();

  constructor(private readonly clock: Clock) {}

  allows(path: string): boolean {
    const failure = this.failures.get(path);
    return failure === undefined || this.clock.now() >= failure.retryAt;
  }

  failed(path: string): void {
    const backOff = this.failures.get(path)?.backOff ?? new BackOff(delays, () => 0);
    this.failures.set(path, { backOff, retryAt: this.clock.now() + backOff.next() });
  }

  succeeded(path: string): void {
    this.failures.delete(path);
  }
}
