// SPDX-License-Identifier: Apache-2.0
import { absentKindProblem, lacksKind, optionalKinds } from '../hca/device-node-kinds.ts';
import type { Hca, Inventory } from '../hca/hca.ts';
import { describeIdleFunction, idleFunctionRemedy, isLikelyHca } from '../hca/idle-function.ts';
import { labelOf } from '../hca/label.ts';
import { hasActivePort, waitsForSubnetManager } from '../offer/link-history.ts';
import { emptyReasonRemedy } from '../offer/words/empty-resource.ts';
import { unhealthyRemedy } from '../offer/words/remedies.ts';
import { describeUnhealthy } from '../offer/words/verdicts.ts';
import { type Finding, bad, fromProblem, good, warning } from './finding.ts';

/** Judges the HCAs of a node, whatever the settings select. */
export function hostFindings(inventory: Inventory): readonly Finding[] {
  const { hcas, netnsMode, problems, idleFunctions = [] } = inventory;
  const noHca = 'Load the driver of the HCA; if this node has no HCA, no action is needed.';
  const closed = emptyReasonRemedy({ kind: 'exclusive-netns' }) ?? '';
  return [
    ...(hcas.length === 0 ? [bad('hcas', 'No RDMA device was found.', noHca)] : hcas.map(hcaFinding)),
    ...problems.map((problem) => fromProblem('hcas', 'warning', problem)),
    ...idleFunctions
      .filter((idle) => isLikelyHca(idle, hcas))
      .map((idle) => warning('hcas', `${describeIdleFunction(idle)}.`, idleFunctionRemedy(idle))),
    ...optionalKinds
      .filter((kind) => lacksKind(hcas, kind))
      .map((kind) => fromProblem('hcas', 'warning', absentKindProblem(kind))),
    ...(netnsMode === 'exclusive'
      ? [bad('hcas', 'The RDMA subsystem is in exclusive network namespace mode: pods cannot share HCAs.', closed)]
      : []),
    ...(netnsMode === 'shared' ? [good('hcas', 'The RDMA subsystem is in shared network namespace mode.')] : []),
  ];
}

function hcaFinding(hca: Hca): Finding {
  const label = labelOf(hca);
  if (hca.unanswered !== undefined) return lacking(label, 'no-answer');
  if (hca.managementOnly) return good('hcas', `${label} is for fabric management only.`);
  if (!hasActivePort(hca)) return lacking(label, waitsForSubnetManager(hca) ? 'link-init' : 'link-down');
  if (hca.ports.some(({ hasGid }) => hasGid === false))
    return warning(
      'hcas',
      `${label} has a RoCE port without an address in its GID table.`,
      'Give its network interface an address, or look for the interface in a pod.',
    );
  const nodes = hca.deviceNodes.map(({ kind }) => kind);
  return good('hcas', `${label} has an active port, and the nodes ${[...new Set(nodes)].join(', ')}.`);
}

function lacking(label: string, reason: 'no-answer' | 'link-down' | 'link-init'): Finding {
  return warning('hcas', `${label}: ${describeUnhealthy(reason)}.`, unhealthyRemedy(reason));
}
