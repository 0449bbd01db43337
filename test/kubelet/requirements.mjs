// SPDX-License-Identifier: Apache-2.0
// What a machine must have to run this tier.
import { missingGo, missingPackages } from '../support/program-in-path.mjs';
import { missingPrograms } from './programs.mjs';

const packaged = [
  { file: 'busybox', package: 'busybox-static', use: 'is the only program in the image of the pods' },
  { file: 'containerd', package: 'containerd', use: 'runs the pods' },
  { file: 'runc', package: 'runc', use: 'runs the containers' },
  { file: 'ctr', package: 'containerd', use: 'loads the image of the pods' },
  { file: 'unshare', package: 'util-linux', use: 'isolates kubelet and containerd from the machine' },
  { file: 'setpriv', package: 'util-linux', use: 'ends all processes with the tests' },
  { file: 'tar', package: 'tar', use: 'packs the image of the pods' },
];

/** Returns one sentence for each missing requirement, and how to get it; empty if the tier can run. */
export function whatIsMissing() {
  if (process.platform !== 'linux') return ['Linux: a kubelet runs on no other system.'];
  const root =
    process.getuid() === 0 ? [] : ['root: kubelet and containerd require it. Run: sudo npm run test:kubelet.'];
  return [...root, ...missingPackages(packaged), ...missingGo(missingPrograms().map(({ title }) => title))];
}
