// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import type { CdiSurvey } from '#domain/diagnosis/cdi.ts';
import { specFileName } from './spec-file.ts';

/** Looks at a directory of CDI specs. Writes nothing. */
export async function surveyCdi(directory: string): Promise<CdiSurvey> {
  const names = await readdir(directory).catch(() => null);
  if (names === null) return { path: directory, state: 'absent', specs: 0 };
  const isWritable = await access(directory, constants.W_OK).then(
    () => true,
    () => false,
  );
  return {
    path: directory,
    state: isWritable ? 'writable' : 'read-only',
    specs: names.filter((name) => specFileName.test(name)).length,
  };
}
