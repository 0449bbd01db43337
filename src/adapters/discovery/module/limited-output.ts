// SPDX-License-Identifier: Apache-2.0
import type { Readable, Writable } from 'node:stream';
import type { Cancel, Clock } from '#ports/clock.ts';

/** What a module may print at once, and then in each second. */
export const output = { burstBytes: 65_536, bytesPerSecond: 4_096 };

/**
 * Copies what a process prints, but not faster than a log should grow. A process that prints more waits, as it would
 * for a slow terminal. Returns the function that ends this.
 */
export function limitOutput(from: Readable, to: Writable, clock: Clock): Cancel {
  let allowance = output.burstBytes;
  let at = clock.now();
  let cancelTimer: Cancel = () => {};
  from
    .on('error', () => {})
    .on('data', (part: Buffer) => {
      const now = clock.now();
      allowance = Math.min(output.burstBytes, allowance + ((now - at) * output.bytesPerSecond) / 1_000) - part.length;
      at = now;
      to.write(part);
      if (allowance >= 0) return;
      from.pause();
      cancelTimer = clock.after((-allowance / output.bytesPerSecond) * 1_000, () => from.resume());
    });
  return () => {
    cancelTimer();
    from.removeAllListeners('data');
  };
}
