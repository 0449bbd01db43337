// SPDX-License-Identifier: Apache-2.0
import { errorCode } from '#adapters/host/error-code.ts';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { ProblemCode } from '#domain/problem/catalogue.ts';
import { type Problem, createProblem } from '#domain/problem/problem.ts';

/** A settings file has some kilobytes; a ConfigMap cannot be larger than this. */
const largestSettingsFile = 1_048_576;

/** What problems call a file, the flag that sets its path, and the problem codes. */
export interface FileDescription {
  readonly title: string;
  readonly flag: string;
  readonly codes: Readonly<Record<'missing' | 'unreadable' | 'notAFile' | 'tooLarge', ProblemCode>>;
}

export const settingsFile: FileDescription = {
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
 * Reads a regular file of at most 1 MiB. Never throws, and never waits for the writer of a named pipe. Synchronous: the
 * file is small and local, and Node's promise-based file API would add 3 ms to the start.
 */
export function readBoundedFile(path: string, description: FileDescription): FileReading {
  let file: number | null = null;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return readOpenFile(file, path, description);
  } catch (error) {
    return { bytes: null, problem: unreadable(path, error, description) };
  } finally {
    if (file !== null) closeSync(file);
  }
}

function readOpenFile(file: number, path: string, description: FileDescription): FileReading {
  const stats = fstatSync(file);
  if (stats.isDirectory()) return { bytes: null, problem: notAFile(path, 'a directory', description) };
  if (!stats.isFile()) return { bytes: null, problem: notAFile(path, 'a device, a pipe or a socket', description) };
  const bytes = readAtMost(file, largestSettingsFile + 1);
  return bytes.length > largestSettingsFile
    ? { bytes: null, problem: tooLarge(path, description) }
    : { bytes, problem: null };
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

function notAFile(path: string, found: string, { title, flag, codes }: FileDescription): Problem {
  return createProblem(codes.notAFile, {
    subject: path,
    message: `The ${title} ${path} is ${found}.`,
    remedy: `Set ${flag} to the path of the ${title} itself.`,
  });
}

function tooLarge(path: string, { title, flag, codes }: FileDescription): Problem {
  return createProblem(codes.tooLarge, {
    subject: path,
    message: `The ${title} ${path} is larger than the limit of ${largestSettingsFile} bytes.`,
    remedy: `Check that ${flag} is the path of the ${title}.`,
  });
}

function unreadable(path: string, error: unknown, { title, flag, codes }: FileDescription): Problem {
  const reason = errorCode(error);
  if (reason === 'ENOENT') {
    return createProblem(codes.missing, {
      subject: path,
      message: `The ${title} ${path} does not exist.`,
      remedy: `Mount the directory that contains it, or set ${flag} to the path of the ${title}.`,
    });
  }
  return createProblem(codes.unreadable, {
    subject: path,
    message: `The ${title} ${path} cannot be read (${reason}).`,
    remedy: `Make the file readable for this process, or set ${flag} to another path.`,
  });
}
