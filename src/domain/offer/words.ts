// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '../problem/problem.ts';
import type { EmptyReason } from './empty-reason.ts';
import type { UnhealthyReason } from './health.ts';
import type { Verdict } from './verdict.ts';

interface EmptyWords {
  /** The reason as a clause. Verdicts, if the reason has any, follow in parentheses. */
  readonly clause: string;
  /** Null if another problem reports the reason, or if the reason is not a problem. */
  readonly remedy: string | null;
}

const emptyWords: Readonly<Record<EmptyReason['kind'], EmptyWords>> = {
  'no-shares-configured': { clause: 'its rdmaHcaMax is 0', remedy: 'Set rdmaHcaMax to at least 1.' },
  'no-rdma-device': {
    clause: 'this node has no RDMA device',
    remedy: 'Load the driver of the HCA; if this node has no HCA, no action is needed.',
  },
  'none-selected': {
    clause: 'no HCA matches its selectors',
    remedy: 'Compare the selectors with "rdma-shared-dp discover -o wide", or load the driver of the missing HCA.',
  },
  'none-usable': {
    clause: 'no selected HCA is usable',
    remedy: 'Load the module that creates the missing device nodes, or bring the link up.',
  },
  'exclusive-netns': {
    clause: 'the RDMA subsystem is in exclusive network namespace mode, in which HCAs cannot be shared',
    remedy:
      'Run "rdma system set netns shared" while no other network namespace exists, or load ib_core with netns_mode=1.',
  },
  'list-too-long': { clause: 'the list of its shares is too long for the kubelet', remedy: null },
  'too-many-extra-nodes': { clause: 'too many device nodes match its deviceNodes.extra', remedy: null },
  'name-vanished': {
    clause: 'its template no longer produces this name for any HCA',
    remedy: 'Bring the HCA back; if it was removed on purpose, no action is needed.',
  },
  'cdi-write-failed': { clause: 'its CDI spec cannot be written', remedy: null },
  withdrawn: { clause: 'it is no longer offered', remedy: null },
};

/** Describes why a resource has no shares available, as a complete sentence. */
export function describeEmptyResource(resource: string, reason: EmptyReason): string {
  return `${resource} has no shares available: ${describeEmptyReason(reason)}.`;
}

/** Describes the reason as a clause, without a full stop. */
export function describeEmptyReason(reason: EmptyReason): string {
  const { clause } = emptyWords[reason.kind];
  return 'verdicts' in reason ? `${clause} (${describeVerdicts(reason.verdicts)})` : clause;
}

/** Returns the problem of a resource that has no shares available for this reason, if it has one. */
export function emptyResourceProblems(resource: string, reason: EmptyReason | null): readonly Problem[] {
  const remedy = reason === null ? null : emptyWords[reason.kind].remedy;
  if (reason === null || remedy === null) return [];
  const message = describeEmptyResource(resource, reason);
  return [createProblem('RESOURCE_EMPTY', { subject: resource, message, remedy })];
}

/** Describes one verdict for the log of a resource: `mlx5_0: expected vendors 15b3, found 8086`. */
export function describeVerdict(verdict: Verdict, resource: string): string {
  const { hca, selection } = verdict;
  const isElsewhere = selection.selected && selection.resource !== resource;
  return `${hca}: ${isElsewhere ? `in ${selection.resource}` : outcomeOf(verdict)}`;
}

/** A node can have hundreds of HCAs; a message names this many with the same outcome. */
const maxNamedHcas = 8;

/** Describes verdicts, grouping HCAs with the same outcome: `mlx5_0, mlx5_1: expected vendors 15b3, found 8086`. */
function describeVerdicts(verdicts: readonly Verdict[]): string {
  const hcasByOutcome = new Map<string, string[]>();
  for (const verdict of verdicts) {
    const outcome = outcomeOf(verdict);
    hcasByOutcome.set(outcome, [...(hcasByOutcome.get(outcome) ?? []), verdict.hca]);
  }
  return [...hcasByOutcome].map(([outcome, hcas]) => `${firstNames(hcas)}: ${outcome}`).join('; ');
}

function firstNames(hcas: readonly string[]): string {
  const more = hcas.length - maxNamedHcas;
  return `${hcas.slice(0, maxNamedHcas).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function outcomeOf({ selection, unhealthy, missing }: Verdict): string {
  if (selection.selected)
    return unhealthy === null ? 'selected' : `selected, but ${describeUnhealthy(unhealthy, missing)}`;
  if (selection.kind === 'no-name') return 'selected, but the template produces no name for it';
  if (selection.kind === 'management-only')
    return 'is for fabric management, and the kernel creates no uverbs node for it';
  const wanted = selection.wanted.join(' or ');
  if (selection.kind === 'excluded') return `excluded by ${selection.field} ${wanted}`;
  const found = selection.found.length === 0 ? 'none' : selection.found.join(' and ');
  return `expected ${selection.field} ${wanted}, found ${found}${describeNetdevAway(selection.portWithoutNetdev)}`;
}

/** A port has no netdev: sysfs does not say why, so these are the likely reasons. */
function describeNetdevAway(linkType: string | undefined): string {
  if (linkType === undefined) return '';
  const away = "its network interface may be in a pod's network namespace";
  return linkType === 'infiniband' ? ` (ib_ipoib may not be loaded, or ${away})` : ` (${away})`;
}

function describeUnhealthy(reason: UnhealthyReason, missing: Verdict['missing']): string {
  if (reason === 'nodes-missing') return `it has no ${missing.join(' and no ')} node`;
  return reason === 'link-down' ? 'none of its ports is up' : 'its link has not been up long enough yet';
}
