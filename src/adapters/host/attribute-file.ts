// SPDX-License-Identifier: Apache-2.0
import { closeSync, constants, openSync, read } from 'node:fs';

/** A sysfs attribute is at most one page (`Documentation/filesystems/sysfs.rst`). */
export const attributeLimit = 4096;
// Without O_NONBLOCK, opening a FIFO in place of a file would block until a writer opens it.
export const attributeFlags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Resolves to the text of an attribute; null if it is unreadable or too long. Never rejects, but may never resolve. */
export type ReadAttribute = (path: string) => Promise<string | null>;

/**
 * Reads an attribute in libuv's thread pool. To open and close it is synchronous: sysfs does not call the driver for
 * these (fs/kernfs/file.c, kernfs_fop_open), and three operations in the pool take three times as long as one.
 */
export const readInThreadPool: ReadAttribute = (path) =>
  new Promise((resolve) => {
    const file = openOrNull(path);
    if (file === null) return resolve(null);
    const buffer = Buffer.allocUnsafe(attributeLimit + 1);
    read(file, buffer, 0, buffer.length, 0, (error, length) => {
      closeQuietly(file);
      resolve(error !== null || length > attributeLimit ? null : buffer.toString('utf8', 0, length));
    });
  });

/** What was read counts, whatever closing the file returns. */
function closeQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {
    // The file is closed even then (man 2 close).
  }
}

function openOrNull(path: string): number | null {
  try {
    return openSync(path, attributeFlags);
  } catch {
    return null;
  }
}
