// SPDX-License-Identifier: Apache-2.0
import type { Cancel, Clock } from '#ports/clock.ts';

/**
 * Waits for `work`, but no longer than `ms`. Resolves to its result, or to `late()` where the deadline comes first;
 * what `work` then comes to is dropped. Rejects with what `work` rejects with before the deadline.
 */
export async function withDeadline<T, L>(clock: Clock, ms: number, work: Promise<T>, late: () => L): Promise<T | L> {
  let cancel: Cancel = () => {};
  const deadline = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  // Whoever loses the race is not waited for, so nobody else would hear its rejection.
  work.catch(() => {});
  return await Promise.race([work, deadline.then(late)]).finally(() => cancel());
}
