// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { readTextFile } from '#adapters/host/bounded-file.ts';
import type { MemoryLock } from '#domain/diagnosis/pod/survey.ts';

/** The number of CAP_IPC_LOCK (include/uapi/linux/capability.h). */
const ipcLock = 14n;

/** Resolves to the soft limit of locked memory of this process in bytes, or to null if it cannot be read (proc(5)). */
export async function memoryLockLimit(file = '/proc/self/limits'): Promise<number | null> {
  const text = await readTextFile(file).catch(() => '');
  const [, soft] = /^Max locked memory\s+(\d+|unlimited)\s/m.exec(text) ?? [];
  if (soft === undefined) return null;
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}

/** Resolves to what the process of a directory in /proc may lock. */
export async function readMemoryLock(process: string): Promise<MemoryLock> {
  const status = await readTextFile(join(process, 'status')).catch(() => '');
  const has = (set: string): boolean => {
    const [, mask = '0'] = new RegExp(`^${set}:\\s*([0-9a-f]+)$`, 'm').exec(status) ?? [];
    return ((BigInt(`0x${mask}`) >> ipcLock) & 1n) === 1n;
  };
  const capability = has('CapEff') ? 'effective' : has('CapBnd') ? 'bounding' : 'none';
  return { limit: await memoryLockLimit(join(process, 'limits')), capability };
}
