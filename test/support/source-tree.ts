// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** An import of one file: the path of another file from the root of the tree, or the name of a module. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** Returns the text of a file by its path from the root of the tree. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Returns the number of lines of a file. */
export function lineCount(path: string): number {
  return textOf(path).trimEnd().split('\n').length;
}

/** Returns the TypeScript files under a folder, as paths from the root of the tree. */
export function filesUnder(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted();
}

/** Returns whether a generator writes a file. */
export function isGenerated(file: string): boolean {
  return file.includes('/generated/');
}

const importForm = /^(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)/gm;

/** Returns the imports of a file, dynamic imports and imports of types included. */
export function importsOf(file: string): readonly Import[] {
  return [...textOf(file).matchAll(importForm)].map(([, fixed, dynamic]) => ({
    from: file,
    to: target(file, fixed ?? dynamic ?? ''),
  }));
}

function target(file: string, specifier: string): string {
  if (specifier.startsWith('#')) return join('src', specifier.slice(1).replace(/^src\//, ''));
  return specifier.startsWith('.') ? join(dirname(file), specifier) : specifier;
}
