// SPDX-License-Identifier: Apache-2.0
import { close, constants, fstat, open, read } from 'node:fs';
import { promisify } from 'node:util';

/** Handwritten files have a few kilobytes; a ConfigMap cannot be larger than this. */
const maxFileBytes = 1_048_576;
const chunkBytes = 64 * 1024;

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

// Callbacks in place of node:fs/promises, which would add 3 ms to the start.
const [openFile, statFile, readFile, closeFile] = [
  promisify(open),
  promisify(fstat),
  promisify(read),
  promisify(close),
];

/**
 * Reads a regular file of at most 1 MiB, and never waits for the writer of a named pipe. Rejects with UnsuitableFile or
 * the error of the file system. It does not resolve while the file system hangs, and the event loop goes on.
 */
export async function readBoundedFile(path: string): Promise<Uint8Array> {
  const file = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await statFile(file);
    if (stats.isDirectory()) throw new UnsuitableFile('notAFile', 'is a directory');
    if (!stats.isFile()) throw new UnsuitableFile('notAFile', 'is a device, a pipe or a socket');
    const bytes = await readAtMost(file, maxFileBytes + 1);
    if (bytes.length <= maxFileBytes) return bytes;
    throw new UnsuitableFile('tooLarge', `is larger than the limit of ${maxFileBytes} bytes`);
  } finally {
    await closeFile(file);
  }
}

/** As `readBoundedFile`, decoded as UTF-8. */
export async function readTextFile(path: string): Promise<string> {
  return new TextDecoder().decode(await readBoundedFile(path));
}

/** Reads in chunks: the size that a file system reports may be outdated, or 0. */
async function readAtMost(file: number, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let remaining = limit; remaining > 0;) {
    const chunk = new Uint8Array(Math.min(remaining, chunkBytes));
    const { bytesRead } = await readFile(file, chunk, 0, chunk.length, null);
    if (bytesRead === 0) break;
    chunks.push(chunk.subarray(0, bytesRead));
    remaining -= bytesRead;
  }
  return Buffer.concat(chunks);
}
