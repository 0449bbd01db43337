// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '../../problem/problem.ts';
import { firstOf } from '../../text/first-of.ts';
import type { EmptyReason } from '../empty-reason.ts';
import { describeMissing, missingRemedy } from './conditions.ts';
import { unselectedRemedy, unusableRemedy } from './remedies.ts';
import { describeVerdicts } from './verdicts.ts';

/** The reason as a clause. Verdicts or conditions, if the reason has any, follow in parentheses. */
const clauses: Readonly<Record<EmptyReason['kind'], string>> = {
  'no-shares-configured': 'its rdmaHcaMax is 0',
  'no-rdma-device': 'this node has no RDMA device',
  'none-left': 'all RDMA devices of this node are gone',
  'scan-failed': 'the scan for HCAs failed',
  'hcas-missing': 'the HCAs that it selects are missing',
  'none-selected': 'no HCA matches its selectors',
  'none-usable': 'no selected HCA is usable',
  'exclusive-netns': 'the RDMA subsystem is in exclusive network namespace mode, in which HCAs cannot be shared',
  'list-too-long': 'the list of its shares is too long for the kubelet',
  'too-many-extra-nodes': 'too many device nodes match its deviceNodes.extra',
  'name-vanished': 'its template no longer produces this name for any HCA',
  'cdi-write-failed': 'its CDI spec cannot be written',
  withdrawn: 'it is no longer offered',
};

/** Describes why a resource has no shares available, as a complete sentence. */
export function describeEmptyResource(resource: string, reason: EmptyReason): string {
  return `${resource} has no shares available: ${describeEmptyReason(reason)}.`;
}

/** Describes the reason as a clause, without a full stop. */
export function describeEmptyReason(reason: EmptyReason): string {
  const clause = clauses[reason.kind];
  if (reason.kind === 'hcas-missing') return `${clause} (${describeMissing(reason.conditions)})`;
  const found = 'verdicts' in reason ? `${clause} (${describeVerdicts(reason.verdicts)})` : clause;
  return 'failedModules' in reason ? `${found}, and ${describeFailed(reason.failedModules)}` : found;
}

function describeFailed(modules: readonly string[]): string {
  const which = modules.length === 1 ? 'discovery module' : 'discovery modules';
  return `those of ${which} ${firstOf(modules, 4, ' and ')}, which failed, are unknown`;
}

/** Returns the remedy; null if another problem reports the reason, or if the reason is not a problem. */
export function emptyReasonRemedy(reason: EmptyReason): string | null {
  switch (reason.kind) {
    case 'no-shares-configured':
      return 'Set rdmaHcaMax to at least 1.';
    case 'no-rdma-device':
      return 'Load the driver of the HCA; if this node has no HCA, no action is needed.';
    case 'none-left':
      return 'Load the driver of the HCAs again; if they were removed on purpose, no action is needed.';
    case 'hcas-missing':
      return missingRemedy(reason.conditions);
    case 'none-selected':
      return unselectedRemedy(reason.verdicts);
    case 'none-usable':
      return unusableRemedy(reason.verdicts);
    case 'exclusive-netns':
      return (
        'Run "rdma system set netns shared" while no other network namespace exists, ' +
        'or load ib_core with netns_mode=1.'
      );
    case 'name-vanished':
      return 'Bring the HCA back; if it was removed on purpose, no action is needed.';
    case 'scan-failed':
    case 'list-too-long':
    case 'too-many-extra-nodes':
    case 'cdi-write-failed':
    case 'withdrawn':
      return null;
  }
}

/** Returns the problem of a resource that has no shares available for this reason, if it has one. */
export function emptyResourceProblems(resource: string, reason: EmptyReason | null): readonly Problem[] {
  const remedy = reason === null ? null : emptyReasonRemedy(reason);
  if (reason === null || remedy === null) return [];
  const message = describeEmptyResource(resource, reason);
  return [createProblem('RESOURCE_EMPTY', { subject: resource, message, remedy })];
}
