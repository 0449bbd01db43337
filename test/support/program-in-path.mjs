// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether a program is there to run, also in the directories that only root has on its path. */
function isInPath(file) {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return directories.some((directory) => isExecutable(join(directory, file)));
}

/** One sentence for each that is missing: `{ file, package, use }`, the package being Debian's. */
export function missingPackages(packaged) {
  return packaged
    .filter(({ file }) => !isInPath(file))
    .map((one) => `${one.file}: ${one.use}. On Debian: apt-get install ${one.package}.`);
}

/** A sentence where programs have to be built and there is no Go; none where they are built or it is there. */
export function missingGo(titles) {
  if (titles.length === 0 || isInPath('go')) return [];
  return [
    `go: 1.26 or later, to build ${titles.join(', ')}. Get it from go.dev/dl, or set RDMA_DP_TEST_CACHE to where they are built already.`,
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
