// SPDX-License-Identifier: Apache-2.0
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Problem } from '#domain/errors.ts';

/** A settings file has some kilobytes; a ConfigMap cannot be larger than this. */
export const largestSettingsFile = 1_048_576;

export type FileReading =
  | { readonly bytes: Uint8Array; readonly problem: null }
  | { readonly bytes: null; readonly problem: Problem };

/**
 * Reads a regular file of at most 1 MiB whole. Never throws, and never waits for a writer of a named pipe. Synchronous, as
 * the file is small and local, and a start is in a hurry: Node's promised files cost it 3 ms.
 */
export function readBoundedFile(path: string): FileReading {
  let file: number | null = null;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return readOpenFile(file, path);
  } catch (error) {
    return { bytes: null, problem: unreadable(path, error) };
  } finally {
    if (file !== null) closeSync(file);
  }
}

function readOpenFile(file: number, path: string): FileReading {
  const stats = fstatSync(file);
  if (stats.isDirectory()) return { bytes: null, problem: notAFile(path, 'a directory') };
  if (!stats.isFile()) return { bytes: null, problem: notAFile(path, 'a device, a pipe or a socket') };
  const bytes = readAtMost(file, largestSettingsFile + 1);
  return bytes.length > largestSettingsFile ? { bytes: null, problem: tooLarge(path) } : { bytes, problem: null };
}

/** Piece by piece: the size that a file system tells beforehand may be that of a moment ago, or 0. */
function readAtMost(file: number, limit: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let left = limit; left > 0; ) {
    const piece = new Uint8Array(Math.min(left, pieceBytes));
    const length = readSync(file, piece);
    if (length === 0) break;
    pieces.push(piece.subarray(0, length));
    left -= length;
  }
  return Buffer.concat(pieces);
}

const pieceBytes = 64 * 1024;

function fileProblem(code: string, path: string, message: string, remedy: string): Problem {
  return { code, actor: 'operator', subject: path, message, remedy };
}

function notAFile(path: string, found: string): Problem {
  const remedy = 'Give the path of the settings file itself with --config-file.';
  return fileProblem('CONFIG_FILE_NOT_A_FILE', path, `The settings file ${path} is ${found}.`, remedy);
}

function tooLarge(path: string): Problem {
  const message = `The settings file ${path} is larger than ${largestSettingsFile} bytes, which is the most that is read.`;
  return fileProblem('CONFIG_FILE_TOO_LARGE', path, message, 'Check that the path is the one of the settings file.');
}

function unreadable(path: string, error: unknown): Problem {
  const reason = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'an unknown failure';
  if (reason === 'ENOENT') {
    const remedy = 'Mount the ConfigMap at its folder, or give the path of the settings file with --config-file.';
    return fileProblem('CONFIG_FILE_MISSING', path, `The settings file ${path} does not exist.`, remedy);
  }
  const remedy = 'Make the file readable for this process, or give another path with --config-file.';
  return fileProblem('CONFIG_FILE_UNREADABLE', path, `The settings file ${path} cannot be read (${reason}).`, remedy);
}
