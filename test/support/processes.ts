// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Far more than anything here takes: a bound on hanging, not a measure. */
const livenessMs = 60_000;

/** What no further waiting can mend. */
export class Hopeless extends Error {
  override readonly name = 'Hopeless';
}

/**
 * Looks again and again till `look` gives something other than false or null, and gives that. An error counts as no,
 * unless it is Hopeless.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | false | null> | T | false | null,
  everyMs = 5,
): Promise<T> {
  const end = performance.now() + livenessMs;
  let last: unknown = null;
  while (performance.now() < end) {
    try {
      const found = await look();
      if (found !== false && found !== null) return found;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      last = error;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, everyMs);
    });
  }
  throw new Error(
    `${what}: not within ${livenessMs} ms${typeof last === 'object' && last !== null && 'message' in last ? `: ${String(last.message)}` : ''}`,
  );
}

export function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** The process that unshare or nsenter has forked. Null where there is none. */
export function onlyChildOf({ pid }: ChildProcess): number | null {
  try {
    const [first = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return first === '' ? null : Number(first);
  } catch {
    return null;
  }
}

/** Resolves when it has ended, at once where it has. */
export function ended(child: ChildProcess): Promise<number | null> {
  return isAlive(child) ? new Promise((resolve) => child.once('exit', resolve)) : Promise.resolve(child.exitCode);
}

/** For `until`: an empty list is not yet an answer. */
export function nonEmpty<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}
