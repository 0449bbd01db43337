// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';
import { withDeadline } from '#timing/deadline.ts';

/** Something that reports its changes, such as FakeKubelet. `onChange` returns a function that unsubscribes. */
export interface Observable {
  onChange(listener: () => void): () => void;
}

/**
 * Resolves when `holds` resolves to true. Calls it now and after each change of `subject`. Rejects after
 * `timeoutMs` with an error that names the condition `what`.
 */
export async function waitUntil(
  subject: Observable,
  clock: Clock,
  what: string,
  timeoutMs: number,
  holds: () => Promise<boolean>,
): Promise<void> {
  let unsubscribe = (): void => {};
  const holding = new Promise<void>((resolve, reject) => {
    const check = (): void => {
      holds().then((yes) => yes && resolve(), reject);
    };
    unsubscribe = subject.onChange(check);
    check();
  });
  const expire = (): never => {
    throw new Error(`${what}: not within ${timeoutMs} ms`);
  };
  await withDeadline(clock, timeoutMs, holding, expire).finally(unsubscribe);
}
