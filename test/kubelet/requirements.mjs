// SPDX-License-Identifier: Apache-2.0
// What a machine must have for this tier to run on it.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
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
  const missing = packaged.filter(({ file }) => !has(file)).map((one) => `${one.file}: ${one.use}. On Debian: apt-get install ${one.package}.`);
  if (process.getuid() !== 0) missing.unshift('root: a kubelet and containerd need it. Run: sudo npm run test:kubelet.');
  if (missingPrograms().length > 0 && !has('go')) {
    const titles = missingPrograms().map(({ title }) => title).join(', ');
    missing.push(`go: 1.26 or later, to build ${titles}. Get it from go.dev/dl, or set RDMA_DP_TEST_CACHE to where they are built already.`);
  }
  return missing;
}

function has(file) {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return directories.some((directory) => isExecutable(join(directory, file)));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
