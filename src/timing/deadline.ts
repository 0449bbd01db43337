// SPDX-License-Identifier: Apache-2.0
import type { Cancel, Clock } from '#ports/clock.ts';

/**
 * Waits for `work`, but no longer than `ms`. Resolves to its result, or to that of `late` if the deadline passes first;
 * the outcome of `work` is then ignored. Rejects if `work` rejects before the deadline, or if `late` throws.
 */
export async function withDeadline<T, L>(clock: Clock, ms: number, work: Promise<T>, late: () => L): Promise<T | L> {
  let cancel: Cancel = () => {};
  const deadline = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  // After the deadline, no caller handles a rejection of `work`.
  work.catch(() => {});
  return await Promise.race([work, deadline.then(late)]).finally(() => cancel());
}
