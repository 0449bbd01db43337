// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';

/** Something that reports its changes, such as the fake kubelet. `onChange` returns a function that unsubscribes. */
export interface Observable {
  onChange(listener: () => void): () => void;
}

/**
 * Resolves when `holds` resolves to true. Asks it now and after each change of `subject`. Rejects after `timeoutMs`
 * with `what`, the name of the condition.
 */
export function waitUntil(
  subject: Observable,
  clock: Clock,
  what: string,
  timeoutMs: number,
  holds: () => Promise<boolean>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      unsubscribe();
      cancel();
      finish();
    };
    const check = (): void => {
      holds().then(
        (yes) => yes && settle(resolve),
        (error: unknown) => settle(() => reject(error)),
      );
    };
    const expire = (): void => reject(new Error(`${what}: not within ${timeoutMs} ms`));
    const cancel = clock.after(timeoutMs, () => settle(expire));
    const unsubscribe = subject.onChange(check);
    check();
  });
}
