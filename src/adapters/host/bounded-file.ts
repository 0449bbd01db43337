// SPDX-License-Identifier: Apache-2.0
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Handwritten files have a few kilobytes; a ConfigMap cannot be larger than this. */
const maxFileBytes = 1_048_576;

/** Thrown for a file that cannot be used as it is. `found` is a verb phrase with the file as its subject. */
export class UnsuitableFile extends Error {
  override readonly name = 'UnsuitableFile';
  constructor(
    readonly kind: 'notAFile' | 'tooLarge',
    readonly found: string,
  ) {
    super(`it ${found}`);
  }
}

/**
 * Reads a regular file of at most 1 MiB, and never waits for the writer of a named pipe. Throws UnsuitableFile or the
 * error of the file system. Synchronous: the file is small and local, and Node's promise-based file API would add 3 ms
 * to the start.
 */
export function readBoundedFile(path: string): Uint8Array {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (stats.isDirectory()) throw new UnsuitableFile('notAFile', 'is a directory');
    if (!stats.isFile()) throw new UnsuitableFile('notAFile', 'is a device, a pipe or a socket');
    const bytes = readAtMost(file, maxFileBytes + 1);
    if (bytes.length <= maxFileBytes) return bytes;
    throw new UnsuitableFile('tooLarge', `is larger than the limit of ${maxFileBytes} bytes`);
  } finally {
    closeSync(file);
  }
}

const chunkBytes = 64 * 1024;

/** Reads in chunks: the size that a file system reports may be outdated, or 0. */
function readAtMost(file: number, limit: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let remaining = limit; remaining > 0;) {
    const chunk = new Uint8Array(Math.min(remaining, chunkBytes));
    const length = readSync(file, chunk);
    if (length === 0) break;
    chunks.push(chunk.subarray(0, length));
    remaining -= length;
  }
  return Buffer.concat(chunks);
}
