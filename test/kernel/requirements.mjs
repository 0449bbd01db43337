// SPDX-License-Identifier: Apache-2.0
// What a machine must have to run this tier.
import { missingPackages } from '../support/program-in-path.mjs';
import { guestKernel } from './guest-kernel.mjs';

const programs = [
  { file: 'qemu-system-x86_64', package: 'qemu-system-x86', use: 'runs the virtual machine' },
  { file: 'busybox', package: 'busybox-static', use: 'starts the system in the virtual machine' },
  { file: 'ip', package: 'iproute2', use: 'sets links up and down' },
  { file: 'rdma', package: 'iproute2', use: 'adds and deletes soft RoCE devices' },
  { file: 'depmod', package: 'kmod', use: 'lists the dependencies of kernel modules' },
];

/** Returns one sentence for each missing requirement, and how to get it; empty if the tier can run. */
export function whatIsMissing() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return ['Linux on x86-64: the virtual machine has this architecture.'];
  const missing = missingPackages(programs);
  if (guestKernel() === null) missing.push('a Debian kernel to boot. On Debian, run as root: test/kernel/install.sh');
  return missing;
}
