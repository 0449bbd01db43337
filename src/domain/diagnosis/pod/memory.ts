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
        `The limit of locked memory is ${text}. The container has IPC_LOCK, but it has no effect for this user.`,
        'Run as root, or raise the limit: LimitMEMLOCK=infinity in the unit of the container runtime.',
      ),
    ];
  return [
    judge(
      'memory',
      `The limit of locked memory is ${text}.`,
      'Raise it: LimitMEMLOCK=infinity in the unit of the container runtime. For a container that runs as root, ' +
        'securityContext: {capabilities: {add: [IPC_LOCK]}} lifts it.',
    ),
  ];
}
