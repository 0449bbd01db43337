// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What this machine lets the suite do. Each is null where it can, else why not. */
export interface Capabilities {
  /** Mounts: a disk that is small, or one over a directory. */
  readonly mounts: string | null;
  readonly lockDirectory: string | null;
  readonly clockOffset: string | null;
}

/** A clock that has run for over 49 days, past 32 bits of milliseconds. */
export const longUptime = ['unshare', '--time', '--monotonic', '4300000', '--boottime', '4300000'] as const;

export function findCapabilities(): Capabilities {
  const directory = mkdtempSync(join(tmpdir(), 'rdma-can-'));
  try {
    return {
      mounts: attempt([mountWords(directory), ['umount', directory]]),
      lockDirectory: attempt([lockWords(directory, true), lockWords(directory, false)]),
      clockOffset: attempt([[...longUptime, 'true']]),
    };
  } finally {
    rmdirSync(directory);
  }
}

/** What is not played here, and why. */
export function skipped({ mounts, lockDirectory, clockOffset }: Capabilities): readonly string[] {
  const kinds = {
    'disks that are full, come and go': mounts,
    'directories in which nothing can be made': lockDirectory,
    'a clock past 49 days': clockOffset,
  };
  return Object.entries(kinds).flatMap(([kind, why]) => (why === null ? [] : [`${kind}: ${why}`]));
}

export function mountWords(directory: string): readonly string[] {
  return ['mount', '-t', 'tmpfs', '-o', 'size=64k,mode=0755', 'rdma-faults', directory];
}

/** Permissions do not bind root; this flag does. */
export function lockWords(directory: string, on: boolean): readonly string[] {
  return ['chattr', on ? '+i' : '-i', directory];
}

/** Null when the command went well, else its words. */
export function run([program = '', ...words]: readonly string[]): string | null {
  const { status, stderr, error } = spawnSync(program, words, { encoding: 'utf8' });
  return status === 0 ? null : `${program}: ${error?.message ?? stderr.trim()}`;
}

function attempt(commands: readonly (readonly string[])[]): string | null {
  for (const command of commands) {
    const failure = run(command);
    if (failure !== null) return failure;
  }
  return null;
}
