// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { settingsFile } from '#adapters/settings/file/config-source.ts';
import { readDescribedFile } from '#adapters/settings/file/described-file.ts';
import type { Problem } from '#domain/problem/problem.ts';

/** The content of a file that is an argument, and what problems call it; or why it cannot be read. */
type ArgumentFile =
  | { readonly name: string; readonly bytes: Uint8Array; readonly problem: null }
  | { readonly name: string; readonly bytes: null; readonly problem: Problem };

/** Reads a file that is an argument of a command. `-` is the standard input. */
export async function readArgumentFile(path: string): Promise<ArgumentFile> {
  if (path === '-') return { name: 'standard input', bytes: readFileSync(0), problem: null };
  const { bytes, problem } = await readDescribedFile(path, settingsFile);
  return problem === null ? { name: path, bytes, problem } : { name: path, bytes: null, problem: ofArgument(problem) };
}

/** The remedies of a settings file name the flag of its path. Here, the path is an argument. */
const remedies = new Map([
  ['CONFIG_FILE_MISSING', 'Check the path.'],
  ['CONFIG_FILE_UNREADABLE', 'Make the file readable.'],
]);

function ofArgument(problem: Problem): Problem {
  return { ...problem, remedy: remedies.get(problem.code) ?? 'Give the path of a settings file or a manifest, or -.' };
}
