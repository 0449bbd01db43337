// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';
import type { Kubelet } from '../fake-kubelet-control.ts';

/**
 * Resolves when `holds` does; looks now and after each change of the kubelet. Rejects after `timeoutMs` with the name of
 * what was waited for.
 */
export function when(
  kubelet: Kubelet,
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
    const look = (): void => {
      holds().then(
        (yes) => yes && settle(resolve),
        (error: unknown) => settle(() => reject(error)),
      );
    };
    const cancel = clock.after(timeoutMs, () => settle(() => reject(new Error(`${what}: not within ${timeoutMs} ms`))));
    const unsubscribe = kubelet.onChange(look);
    look();
  });
}
