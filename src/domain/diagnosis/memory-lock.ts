// SPDX-License-Identifier: Apache-2.0
import { type Finding, good, warning } from './finding.ts';

/** How much memory an unprivileged RDMA program registers at least; HPC jobs need gigabytes. */
export const enoughBytes = 1 << 30;

/**
 * Judges the limit of locked memory (RLIMIT_MEMLOCK) of this process, in bytes. A container gets it from its runtime,
 * so pods on this node have the same unless another runtime starts them. Null if it is unknown.
 */
export function memoryLockFindings(limit: number | null): readonly Finding[] {
  if (limit === null) return [];
  if (limit >= enoughBytes) return [good('pods', `The limit of locked memory is ${memoryText(limit)}.`)];
  return [
    warning(
      'pods',
      `The limit of locked memory is ${memoryText(limit)}: pods of this runtime cannot register more for RDMA.`,
      'Set LimitMEMLOCK=infinity in the systemd unit of the container runtime and restart it. ' +
        'For containers that run as root, the capability IPC_LOCK is enough.',
    ),
  ];
}

export function memoryText(bytes: number): string {
  if (bytes === Number.POSITIVE_INFINITY) return 'unlimited';
  return bytes >= 1 << 20 ? `${Math.floor(bytes / (1 << 20))} MiB` : `${Math.floor(bytes / 1024)} KiB`;
}
