// SPDX-License-Identifier: Apache-2.0
import { memoryText } from '../memory-lock.ts';
import { type Finding, bad, good, warning } from '../finding.ts';
import type { MemoryLock } from './survey.ts';

/** Below this, most programs cannot even create their queues; below the other, jobs that register much fail. */
const limits = { least: 64 << 20, enough: 1 << 30 } as const;

/** Judges how much memory the process may lock. CAP_IPC_LOCK lifts the limit only where it is effective. */
export function memoryFindings({ limit, capability }: MemoryLock): readonly Finding[] {
  if (limit === null) return [];
  const text = memoryText(limit);
  if (limit >= limits.enough) return [good('memory', `The limit of locked memory is ${text}.`)];
  if (capability === 'effective')
    return [good('memory', `The limit of locked memory is ${text}, and CAP_IPC_LOCK lifts it.`)];
  const judge = limit < limits.least ? bad : warning;
  if (capability === 'bounding')
    return [
      judge(
        'memory',
        `The limit of locked memory is ${text}. IPC_LOCK has no effect, because the process does not run as root.`,
        'Run as root, or set LimitMEMLOCK=infinity in the systemd unit of the container runtime and restart it.',
      ),
    ];
  return [
    judge(
      'memory',
      `The limit of locked memory is ${text}.`,
      'Set LimitMEMLOCK=infinity in the systemd unit of the container runtime and restart it. ' +
        'For a container that runs as root, securityContext: {capabilities: {add: [IPC_LOCK]}} lifts it.',
    ),
  ];
}
