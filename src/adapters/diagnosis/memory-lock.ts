// SPDX-License-Identifier: Apache-2.0
import { readTextFile } from '#adapters/host/bounded-file.ts';

/** Resolves to the soft limit of locked memory of this process in bytes, or to null if it cannot be read (proc(5)). */
export async function memoryLockLimit(file = '/proc/self/limits'): Promise<number | null> {
  const text = await readTextFile(file).catch(() => '');
  const [, soft] = /^Max locked memory\s+(\d+|unlimited)\s/m.exec(text) ?? [];
  if (soft === undefined) return null;
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}
