// SPDX-License-Identifier: Apache-2.0

const FIRST_MS = 500;
const MOST_MS = 122_000;

/** When an operation on a path may be tried again (kubelet: goroutinemap/exponentialbackoff). */
export class SocketBackOff {
  private readonly failures = new Map<string, { readonly at: number; readonly delayMs: number }>();

  constructor(private readonly now: () => number) {}

  allows(path: string): boolean {
    const failure = this.failures.get(path);
    return failure === undefined || this.now() - failure.at >= failure.delayMs;
  }

  failed(path: string): void {
    const last = this.failures.get(path);
    this.failures.set(path, {
      at: this.now(),
      delayMs: last === undefined ? FIRST_MS : Math.min(2 * last.delayMs, MOST_MS),
    });
  }

  succeeded(path: string): void {
    this.failures.delete(path);
  }
}
