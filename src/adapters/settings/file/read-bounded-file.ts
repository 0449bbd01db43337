// SPDX-License-Identifier: Apache-2.0
import { errorCode } from '#adapters/host/error-code.ts';
import type { ProblemCode } from '#domain/problem/catalogue.ts';
import { type Problem, createProblem } from '#domain/problem/problem.ts';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** A settings file has some kilobytes; a ConfigMap cannot be larger than this. */
export const largestSettingsFile = 1_048_576;

/** What a file is called in problems, the flag that names it, and the codes. */
export interface FileWords {
  readonly title: string;
  readonly flag: string;
  readonly codes: Readonly<Record<'missing' | 'unreadable' | 'notAFile' | 'tooLarge', ProblemCode>>;
}

export const settingsFile: FileWords = {
  title: 'settings file',
  flag: '--config-file',
  codes: {
    missing: 'CONFIG_FILE_MISSING',
    unreadable: 'CONFIG_FILE_UNREADABLE',
    notAFile: 'CONFIG_FILE_NOT_A_FILE',
    tooLarge: 'CONFIG_FILE_TOO_LARGE',
  },
};

export type FileReading =
  { readonly bytes: Uint8Array; readonly problem: null } | { readonly bytes: null; readonly problem: Problem };

/**
 * Reads a regular file of at most 1 MiB whole. Never throws, and never waits for a writer of a named pipe. Synchronous, as
 * the file is small and local, and a start is in a hurry: Node's promised files cost it 3 ms.
 */
export function readBoundedFile(path: string, words: FileWords): FileReading {
  let file: number | null = null;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return readOpenFile(file, path, words);
  } catch (error) {
    return { bytes: null, problem: unreadable(path, error, words) };
  } finally {
    if (file !== null) closeSync(file);
  }
}

function readOpenFile(file: number, path: string, words: FileWords): FileReading {
  const stats = fstatSync(file);
  if (stats.isDirectory()) return { bytes: null, problem: notAFile(path, 'a directory', words) };
  if (!stats.isFile()) return { bytes: null, problem: notAFile(path, 'a device, a pipe or a socket', words) };
  const bytes = readAtMost(file, largestSettingsFile + 1);
  return bytes.length > largestSettingsFile
    ? { bytes: null, problem: tooLarge(path, words) }
    : { bytes, problem: null };
}

/** Piece by piece: the size that a file system tells beforehand may be that of a moment ago, or 0. */
function readAtMost(file: number, limit: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let left = limit; left > 0;) {
    const piece = new Uint8Array(Math.min(left, pieceBytes));
    const length = readSync(file, piece);
    if (length === 0) break;
    pieces.push(piece.subarray(0, length));
    left -= length;
  }
  return Buffer.concat(pieces);
}

const pieceBytes = 64 * 1024;

function fileProblem(code: ProblemCode, path: string, message: string, remedy: string): Problem {
  return createProblem(code, { subject: path, message, remedy });
}

function notAFile(path: string, found: string, { title, flag, codes }: FileWords): Problem {
  return fileProblem(
    codes.notAFile,
    path,
    `The ${title} ${path} is ${found}.`,
    `Give the path of the ${title} itself with ${flag}.`,
  );
}

function tooLarge(path: string, { title, codes }: FileWords): Problem {
  const message = `The ${title} ${path} is larger than ${largestSettingsFile} bytes, which is the most that is read.`;
  return fileProblem(codes.tooLarge, path, message, `Check that the path is the one of the ${title}.`);
}

function unreadable(path: string, error: unknown, { title, flag, codes }: FileWords): Problem {
  const reason = errorCode(error);
  if (reason === 'ENOENT') {
    const remedy = `Mount the folder in which it is, or give the path of the ${title} with ${flag}.`;
    return fileProblem(codes.missing, path, `The ${title} ${path} does not exist.`, remedy);
  }
  const remedy = `Make the file readable for this process, or give another path with ${flag}.`;
  return fileProblem(codes.unreadable, path, `The ${title} ${path} cannot be read (${reason}).`, remedy);
}
