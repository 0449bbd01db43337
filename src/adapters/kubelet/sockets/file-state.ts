// SPDX-License-Identifier: Apache-2.0
import { lstatSync, statSync, unlinkSync } from 'node:fs';

export function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

export function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}

/**
 * Returns what distinguishes a file from an earlier one at the same path; null if there is none. The inode number alone
 * does not, because file systems reuse it.
 */
export function fileIdentity(path: string): string | null {
  try {
    const { dev, ino, birthtimeMs } = lstatSync(path);
    return `${dev}:${ino}:${birthtimeMs}`;
  } catch {
    return null;
  }
}

/** Returns whether the file existed and is removed. */
export function removeFile(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}
