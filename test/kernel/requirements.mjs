// SPDX-License-Identifier: Apache-2.0
// What this tier needs from the machine that it runs on.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { guestKernel } from './guest-kernel.mjs';

const programs = [
  { file: 'qemu-system-x86_64', package: 'qemu-system-x86', use: 'runs the virtual machine' },
  { file: 'busybox', package: 'busybox-static', use: 'starts the system in the virtual machine' },
  { file: 'ip', package: 'iproute2', use: 'sets links up and down' },
  { file: 'rdma', package: 'iproute2', use: 'adds and deletes soft RoCE devices' },
  { file: 'depmod', package: 'kmod', use: 'lists the dependencies of kernel modules' },
];

/** Returns the path of a program, also from the directories that only root has in PATH. Returns null if it is missing. */
export function pathOf(file) {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return directories.map((directory) => join(directory, file)).find((path) => existsSync(path)) ?? null;
}

/** Returns a line for each requirement that this machine does not meet, with the fix. Empty if the tier can run. */
export function whatIsMissing() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return ['Linux on x86-64: the virtual machine has this architecture.'];
  const missing = programs
    .filter(({ file }) => pathOf(file) === null)
    .map((program) => `${program.file}: ${program.use}. On Debian, run: apt-get install ${program.package}`);
  if (guestKernel() === null) missing.push('a Debian kernel to boot. On Debian, run as root: test/kernel/install.sh');
  return missing;
}
