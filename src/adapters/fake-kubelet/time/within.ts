// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';

/** Settles as `work` does, or rejects after `ms`, when it has called `giveUp`. What `work` does afterwards is ignored. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>, giveUp: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => {
      reject(new Error('context deadline exceeded'));
      giveUp();
    });
    work.then(resolve, reject).finally(cancel);
  });
}

export function pause(clock: Clock, ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => clock.after(ms, resolve));
}
