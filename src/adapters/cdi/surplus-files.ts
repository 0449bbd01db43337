// SPDX-License-Identifier: Apache-2.0
// By property, not from node:fs/promises, so that the module is loaded only where CDI is used.
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { specFileName } from './spec-file.ts';

/**
 * A runtime reads all files at each change of the directory. A reboot empties it, so this many come only from names of
 * resources that change all the time.
 */
const maxSpecFiles = 1_000;

/** A write takes milliseconds. The temporary file of a write that is this old was left behind by a crash. */
const abandonedMs = 600_000;
const temporaryName = /^\.rdma-shared-dp\.io-.*\.tmp$/;

/**
 * Removes what exceeds the limit of this program's files in a directory, the oldest first, but none of `own`; and
 * temporary files that were left behind. Another live instance writes its files again. Never rejects.
 */
export async function removeSurplus(directory: string, own: ReadonlySet<string>): Promise<void> {
  const names = await fs.readdir(directory).catch((): string[] => []);
  for (const name of names.filter((each) => temporaryName.test(each))) await removeIfAbandoned(join(directory, name));
  const specs = names.filter((name) => specFileName.test(name));
  if (specs.length <= maxSpecFiles) return;
  const others = await Promise.all(
    specs.filter((name) => !own.has(name)).map(async (name) => ({ name, at: await modifiedAt(join(directory, name)) })),
  );
  const oldest = others.toSorted((a, b) => a.at - b.at).slice(0, specs.length - maxSpecFiles);
  for (const { name } of oldest) await fs.rm(join(directory, name), { force: true }).catch(() => {});
}

async function removeIfAbandoned(path: string): Promise<void> {
  if (Date.now() - (await modifiedAt(path)) > abandonedMs) await fs.rm(path, { force: true }).catch(() => {});
}

/** Milliseconds of the wall clock; those of now if there is no such file. */
async function modifiedAt(path: string): Promise<number> {
  return await fs.lstat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  );
}
