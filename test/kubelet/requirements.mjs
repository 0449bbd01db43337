// SPDX-License-Identifier: Apache-2.0
// What a machine must have for this tier to run on it.
import { missingGo, missingPackages } from '../support/program-in-path.mjs';
import { missingPrograms } from './programs.mjs';

const packaged = [
  { file: 'busybox', package: 'busybox-static', use: 'the pods are made of it' },
  { file: 'containerd', package: 'containerd', use: 'it runs the pods' },
  { file: 'runc', package: 'runc', use: 'it runs the containers' },
  { file: 'ctr', package: 'containerd', use: 'it loads the image of the pods' },
  { file: 'unshare', package: 'util-linux', use: 'it keeps all of this apart from the machine' },
  { file: 'setpriv', package: 'util-linux', use: 'it ends all of this with the tests' },
  { file: 'tar', package: 'tar', use: 'it packs the image of the pods' },
];

/** One sentence for each thing that is missing, with how to get it; empty where the tier can run. */
export function whatIsMissing() {
  if (process.platform !== 'linux') return ['Linux: kubelets run on nothing else.'];
  const root =
    process.getuid() === 0 ? [] : ['root: a kubelet and containerd need it. Run: sudo npm run test:kubelet.'];
  return [...root, ...missingPackages(packaged), ...missingGo(missingPrograms().map(({ title }) => title))];
}
