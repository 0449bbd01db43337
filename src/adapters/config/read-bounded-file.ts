// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Problem } from '#domain/errors.ts';

/** A settings file has some kilobytes; a ConfigMap cannot be larger than this. */
export const largestSettingsFile = 1_048_576;

export type FileReading =
  | { readonly bytes: Uint8Array; readonly problem: null }
  | { readonly bytes: null; readonly problem: Problem };

/** Reads a regular file of at most 1 MiB whole. Never rejects, and never waits for a writer of a named pipe. */
export async function readBoundedFile(path: string): Promise<FileReading> {
  let file: FileHandle | null = null;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return await readOpenFile(file, path);
  } catch (error) {
    return { bytes: null, problem: unreadable(path, error) };
  } finally {
    await file?.close().catch(() => undefined);
  }
}

async function readOpenFile(file: FileHandle, path: string): Promise<FileReading> {
  const stats = await file.stat();
  if (stats.isDirectory()) return { bytes: null, problem: notAFile(path, 'a directory') };
  if (!stats.isFile()) return { bytes: null, problem: notAFile(path, 'a device, a pipe or a socket') };
  const bytes = await readAtMost(file, largestSettingsFile + 1);
  return bytes.length > largestSettingsFile ? { bytes: null, problem: tooLarge(path) } : { bytes, problem: null };
}

async function readAtMost(file: FileHandle, limit: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(limit);
  let length = 0;
  while (length < limit) {
    const { bytesRead } = await file.read(buffer, length, limit - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

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
