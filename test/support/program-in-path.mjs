// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Returns the path of a program, also from the directories that only root has in PATH. Returns null if it is missing.
 */
export function pathOf(file) {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return directories.map((directory) => join(directory, file)).find(isExecutable) ?? null;
}

/**
 * Returns a line for each missing program. A program is `{ file, package, use }`, with the name of its Debian package.
 */
export function missingPackages(programs) {
  return programs
    .filter(({ file }) => pathOf(file) === null)
    .map((program) => `${program.file}: ${program.use}. On Debian: apt-get install ${program.package}.`);
}

/** Returns a line if Go is missing and these programs have to be built. */
export function missingGo(titles) {
  if (titles.length === 0 || pathOf('go') !== null) return [];
  return [
    `go: 1.26 or later, to build ${titles.join(', ')}. Get it from go.dev/dl, or set RDMA_DP_TEST_CACHE to the directory of an earlier build.`,
  ];
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
