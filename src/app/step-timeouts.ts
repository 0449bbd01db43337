// SPDX-License-Identifier: Apache-2.0
import { createProblem } from '#domain/problem/problem.ts';
import { stepDeadlineMs } from './bounded-step.ts';

const unfinished = `has not finished after ${stepDeadlineMs / 1000} s and is still running`;

export const scanTimeout = createProblem('SCAN_TIMEOUT', {
  subject: 'discovery',
  message: `The scan for HCAs ${unfinished}, so no HCAs are offered.`,
  remedy: 'Look for a hanging driver in the kernel log (dmesg). Shares become healthy again when the scan finishes.',
});

export const extraNodesTimeout = createProblem('EXTRA_NODES_TIMEOUT', {
  subject: 'deviceNodes.extra',
  message: `The search for extra device nodes ${unfinished}, so no extra nodes are granted.`,
  remedy: 'Check that /dev of the host can be listed. The nodes are granted again when the search finishes.',
});

export const cdiTimeout = createProblem('CDI_WRITE_TIMEOUT', {
  subject: '--cdi-dir',
  message: `Writing the CDI specs ${unfinished}, so no shares are healthy.`,
  remedy: 'Check the file system of the directory. Shares become healthy again when the specs are written.',
});

export const linkTimeout = createProblem('NETDEV_LINK_UP_TIMEOUT', {
  subject: 'setLinksUp',
  message: `Bringing network links up ${unfinished}.`,
  remedy: 'Look for a hanging network driver in the kernel log (dmesg), or set setLinksUp to false.',
});
