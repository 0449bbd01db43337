// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canMountStuckFiles } from '../support/stuck-file.ts';

/** What this machine lets the campaign do. Each value is null if the machine supports it, else the reason why not. */
export interface MachineSupport {
  /** Mount a file system: a small one, or one over a directory. */
  readonly mounts: string | null;
  readonly lockDirectory: string | null;
  readonly clockOffset: string | null;
  /** Hold the reads of a file. */
  readonly stuckFiles: string | null;
}

/** Starts a command with an uptime of more than 49 days, where milliseconds exceed 32 bits. */
export const longUptime = ['unshare', '--time', '--monotonic', '4300000', '--boottime', '4300000'] as const;

export function detectSupport(): MachineSupport {
  const directory = mkdtempSync(join(tmpdir(), 'rdma-support-'));
  try {
    return {
      mounts: firstError([mountCommand(directory), ['umount', directory]]),
      lockDirectory: firstError([lockCommand(directory, true), lockCommand(directory, false)]),
      clockOffset: firstError([[...longUptime, 'true']]),
      stuckFiles: canMountStuckFiles ? null : 'needs root, /dev/fuse and python3',
    };
  } finally {
    rmdirSync(directory);
  }
}

/** Returns the kinds of faults that this machine does not support, each with the reason. */
export function unsupportedFaults(support: MachineSupport): readonly string[] {
  const { mounts, lockDirectory, clockOffset, stuckFiles } = support;
  const reasons = {
    'full disks, and disks that are mounted and unmounted': mounts,
    'locked directories': lockDirectory,
    'an uptime of more than 49 days': clockOffset,
    'drivers that do not answer': stuckFiles,
  };
  return Object.entries(reasons).flatMap(([kind, reason]) => (reason === null ? [] : [`${kind}: ${reason}`]));
}

export function mountCommand(directory: string): readonly string[] {
  return ['mount', '-t', 'tmpfs', '-o', 'size=2m,mode=0755', 'rdma-faults', directory];
}

/** The immutable flag applies to root too, unlike permissions. */
export function lockCommand(directory: string, locked: boolean): readonly string[] {
  return ['chattr', locked ? '+i' : '-i', directory];
}

/** Runs a command to its end. Returns null if it succeeds, else its error. */
export function run([program = '', ...words]: readonly string[]): string | null {
  const { status, stderr, error } = spawnSync(program, words, { encoding: 'utf8' });
  return status === 0 ? null : `${program}: ${error?.message ?? stderr.trim()}`;
}

function firstError(commands: readonly (readonly string[])[]): string | null {
  for (const command of commands) {
    const error = run(command);
    if (error !== null) return error;
  }
  return null;
}
