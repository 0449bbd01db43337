// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { messageOf } from '#domain/problem/problem.ts';

/** Far more than any step takes: this limit only ends a test that hangs. */
const livenessMs = 60_000;

/** An error after which waiting longer is pointless. */
export class UnrecoverableError extends Error {
  override readonly name = 'UnrecoverableError';
}

/**
 * Calls `attempt` until it returns a value other than false and null, and returns that value. Retries after errors too,
 * except after a UnrecoverableError one. Rejects after a minute, with `what` was awaited and the last error.
 */
export async function until<T>(
  what: string,
  attempt: () => Promise<T | false | null> | T | false | null,
  everyMs = 5,
): Promise<T> {
  const end = performance.now() + livenessMs;
  let lastError: unknown = null;
  while (performance.now() < end) {
    try {
      const result = await attempt();
      if (result !== false && result !== null) return result;
    } catch (error) {
      if (error instanceof UnrecoverableError) throw error;
      lastError = error;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, everyMs);
    });
  }
  const reason = lastError === null ? '' : `: ${messageOf(lastError)}`;
  throw new Error(`not true after ${livenessMs} ms: ${what}${reason}`);
}

export function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Returns the process that unshare or nsenter has forked, or null if there is none. */
export function onlyChildOf({ pid }: ChildProcess): number | null {
  try {
    const [first = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return first === '' ? null : Number(first);
  } catch {
    return null;
  }
}

/** Resolves to the exit code when the process has ended, at once if it has already. */
export function ended(child: ChildProcess): Promise<number | null> {
  return isAlive(child) ? new Promise((resolve) => child.once('exit', resolve)) : Promise.resolve(child.exitCode);
}

/** Returns null for an empty list, so that `until` retries. */
export function nonEmpty<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}
