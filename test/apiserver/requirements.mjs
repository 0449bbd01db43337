// SPDX-License-Identifier: Apache-2.0
// What a machine must have to run this tier.
import { missingGo, missingPackages } from '../support/program-in-path.mjs';
import { missingPrograms } from './programs.mjs';

const packaged = [
  { file: 'unshare', package: 'util-linux', use: 'mounts the files of a ServiceAccount for the program as in a pod' },
  { file: 'setpriv', package: 'util-linux', use: 'ends all processes with the tests' },
];

/** Returns one sentence for each missing requirement, and how to get it; empty if the tier can run. */
export function whatIsMissing() {
  if (process.platform !== 'linux')
    return ['Linux: the program runs in a mount namespace of its own, with the files of its ServiceAccount.'];
  const root = process.getuid() === 0 ? [] : ['root: mount namespaces require it. Run: sudo npm run test:apiserver.'];
  return [...root, ...missingPackages(packaged), ...missingGo(missingPrograms().map(({ title }) => title))];
}
