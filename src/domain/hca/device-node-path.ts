// SPDX-License-Identifier: Apache-2.0
import { matchesGlob } from '../text/glob.ts';

/** Splits a path into its directory, without a trailing slash, and the name or name pattern in that directory. */
export function splitNodePath(path: string): readonly [directory: string, name: string] {
  const slash = path.lastIndexOf('/');
  return [path.slice(0, slash), path.slice(slash + 1)];
}

/** Whether a path matches a pattern of names in one directory, such as `/dev/hfi1_*`. */
export function matchesNodePattern(pattern: string, path: string): boolean {
  const [directory, namePattern] = splitNodePath(pattern);
  const [pathDirectory, name] = splitNodePath(path);
  return directory === pathDirectory && matchesGlob(namePattern, name);
}
