// SPDX-License-Identifier: Apache-2.0
// What a machine must have for this tier to run on it.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { guestKernel } from './guest-kernel.mjs';

const programs = [
  { file: 'qemu-system-x86_64', package: 'qemu-system-x86', use: 'it runs the machine' },
  { file: 'busybox', package: 'busybox-static', use: 'the machine starts by it' },
  { file: 'ip', package: 'iproute2', use: 'it sets links up and down' },
  { file: 'rdma', package: 'iproute2', use: 'it makes and takes away soft-RoCE devices' },
  { file: 'depmod', package: 'kmod', use: 'it tells which module needs which' },
];

/** Where a program is, also in the directories that only root has on its path; null where it is not there. */
export function pathOf(file) {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return directories.map((directory) => join(directory, file)).find((path) => existsSync(path)) ?? null;
}

/** One sentence for each thing that is missing, with how to get it; empty where the tier can run. */
export function whatIsMissing() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return ['Linux on x86-64: the machine and its kernel are of that kind.'];
  const missing = programs
    .filter(({ file }) => pathOf(file) === null)
    .map((one) => `${one.file}: ${one.use}. On Debian: apt-get install ${one.package}.`);
  if (guestKernel() === null)
    missing.push(
      'a Debian kernel to boot: run test/kernel/install.sh as root on Debian, which fetches one into the cache.',
    );
  return missing;
}
