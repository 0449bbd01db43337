// SPDX-License-Identifier: Apache-2.0
// What a machine must have for this tier to run on it.
import { missingGo, missingPackages } from '../support/program-in-path.mjs';
import { missingPrograms } from './programs.mjs';

const packaged = [
  {
    file: 'unshare',
    package: 'util-linux',
    use: 'it gives the program the files of a ServiceAccount where a pod has them',
  },
  { file: 'setpriv', package: 'util-linux', use: 'it ends all of this with the tests' },
];

/** One sentence for each thing that is missing, with how to get it; empty where the tier can run. */
export function whatIsMissing() {
  if (process.platform !== 'linux')
    return ['Linux: the program looks for its ServiceAccount in a mount namespace of its own.'];
  const root = process.getuid() === 0 ? [] : ['root: a mount namespace needs it. Run: sudo npm run test:apiserver.'];
  return [...root, ...missingPackages(packaged), ...missingGo(missingPrograms().map(({ title }) => title))];
}
