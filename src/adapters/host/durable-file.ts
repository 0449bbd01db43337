// SPDX-License-Identifier: Apache-2.0
// By property, not from node:fs/promises, so that the module is loaded only where files are written.
import { promises as fs } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '#adapters/host/error-code.ts';

/**
 * Writes a file so that no reader ever sees a part of it, even after a crash: the text goes to `temporary`, in the same
 * directory, which is then renamed. Rejects with the error of the operating system, and then leaves no temporary file.
 */
export async function replaceFile(path: string, temporary: string, text: string, mode = 0o644): Promise<void> {
  try {
    await writeAndSync(temporary, text, mode);
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

async function writeAndSync(path: string, text: string, mode: number): Promise<void> {
  const file = await fs.open(path, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Creates a directory and those above it. It does not use mkdir's `recursive`: Node retries that forever on file
 * systems that refuse new names with ENOENT, as procfs does.
 */
export async function makeDirectory(path: string): Promise<void> {
  if ((await fileIdentity(path)) !== null) return;
  const parent = dirname(path);
  if (parent !== path) await makeDirectory(parent);
  await fs.mkdir(path).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error;
  });
}

/** Returns a text that changes with every write, removal or replacement of a file; null if there is no file. */
export async function fileIdentity(path: string): Promise<string | null> {
  try {
    const { dev, ino, size, mtimeMs } = await fs.lstat(path);
    return [dev, ino, size, mtimeMs].join(':');
  } catch {
    return null;
  }
}
