// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import type { Cancel, Clock } from '#ports/clock.ts';

/** Memory of its own, without what it shares with this program. A module that lists HCAs needs 20 MiB. */
export const maxPrivateMb = 96;
const checkMs = 200;
const pageBytes = 4_096;

/**
 * Checks how much memory a process uses, inside and outside its heap. Calls `onExcess` once, with a clause, if that is
 * too much. Returns the function that ends this.
 */
export function watchMemory(pid: number, clock: Clock, onExcess: (excess: string) => void): Cancel {
  let cancel: Cancel = () => {};
  const check = (): void => {
    const used = privateMbOf(pid);
    if (used !== null && used > maxPrivateMb) onExcess(`it uses more than ${maxPrivateMb} MiB of memory`);
    else cancel = clock.after(checkMs, check);
  };
  check();
  return () => cancel();
}

/** Returns null if the process has ended, or there is no /proc. */
function privateMbOf(pid: number): number | null {
  try {
    const [, resident = 0, shared = 0] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ').map(Number);
    return ((resident - shared) * pageBytes) / 2 ** 20;
  } catch {
    return null;
  }
}
