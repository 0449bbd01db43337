// SPDX-License-Identifier: Apache-2.0
import type { Hca, IdleFunction, Port } from '../../hca/hca.ts';
import { describeIdleFunction, idleFunctionRemedy } from '../../hca/idle-function.ts';
import { labelOf } from '../../hca/label.ts';
import type { ProblemCode } from '../../problem/catalogue.ts';
import { type Problem, createProblem } from '../../problem/problem.ts';
import { firstOf } from '../../text/first-of.ts';
import type { HcaCondition } from '../conditions/condition.ts';
import { describeChange, restartRemedy } from './changes.ts';
import { missingNodeRemedies, unhealthyRemedy } from './remedies.ts';
import { describeUnhealthy } from './verdicts.ts';

/** How many resources, ports or HCAs a message names. */
const examples = 4;

const codes: Readonly<Record<HcaCondition['cause']['kind'], ProblemCode>> = {
  'nodes-missing': 'HCA_NODES_MISSING',
  unhealthy: 'HCA_UNHEALTHY',
  gone: 'HCA_GONE',
  changed: 'HCA_CHANGED',
  'no-rdma-device': 'PCI_FUNCTION_WITHOUT_RDMA',
};

/** Returns the problem that a condition is. */
export function conditionProblem(condition: HcaCondition): Problem {
  const { hca, cause } = condition;
  const subject = hca === null ? cause.idle.pci.address : labelOf(hca);
  return createProblem(codes[cause.kind], { subject, message: messageOf(condition), remedy: remedyOf(condition) });
}

/** Describes HCAs that are missing, as clauses in one line. */
export function describeMissing(conditions: readonly HcaCondition[]): string {
  const gone = conditions.flatMap(({ hca, cause }) => (cause.kind === 'gone' && hca !== null ? [labelOf(hca)] : []));
  const idle = conditions.flatMap(({ cause }) => (cause.kind === 'no-rdma-device' ? [cause.idle] : []));
  return [
    ...(gone.length === 0 ? [] : [`${firstOf(gone, examples, ' and ')} ${gone.length === 1 ? 'is' : 'are'} gone`]),
    ...idle.slice(0, 2).map(describeIdleFunction),
    ...(idle.length > 2 ? [`and ${idle.length - 2} more PCI functions`] : []),
  ].join('; ');
}

/** Returns what brings missing HCAs back. */
export function missingRemedy(conditions: readonly HcaCondition[]): string {
  const [first = '', ...others] = new Set(conditions.map(remedyOf));
  const reported = [...new Set(conditions.map(({ cause }) => codes[cause.kind]))];
  return others.length === 0 ? first : `Follow the remedy of each problem with the code ${reported.join(' or ')}.`;
}

function messageOf({ hca, cause, resources: all }: HcaCondition): string {
  const resources = firstOf(all, examples, ' and ');
  if (hca === null)
    return `${describeIdleFunction(cause.idle)}. ${resources} ${all.length === 1 ? 'selects' : 'select'} it.`;
  const label = labelOf(hca);
  switch (cause.kind) {
    case 'nodes-missing':
      return `HCA ${label} is left out of ${resources}: it has no ${cause.missing.join(' and no ')} node.`;
    case 'unhealthy':
      return `HCA ${label} is unhealthy in ${resources}: ${describeUnhealthy(cause.reason)}${portsOf(hca)}.`;
    case 'gone':
      return [`HCA ${label} of ${resources} is gone.`, ...describePresentFunction(cause.idle)].join(' ');
    case 'changed':
      return describeChange(hca, cause.before, resources);
  }
}

function describePresentFunction(idle: IdleFunction | null): readonly string[] {
  return idle === null ? [] : [`${describeIdleFunction(idle)}.`];
}

/** What the kernel says of the ports that are not active. */
function portsOf({ ports, unanswered }: Hca): string {
  if (unanswered !== undefined) return ` (the read of ${unanswered} is stuck)`;
  const idle = ports.filter(({ state }) => state !== 'ACTIVE');
  return idle.length === 0 ? '' : ` (${firstOf(idle.map(describePort), examples, '; ')})`;
}

function describePort({ number, state, physState }: Port): string {
  return `port ${number}: ${state ?? 'unknown'}${physState === null ? '' : `, ${physState}`}`;
}

function remedyOf({ hca, cause, resources }: HcaCondition): string {
  if (hca === null) return idleFunctionRemedy(cause.idle);
  switch (cause.kind) {
    case 'nodes-missing':
      return missingNodeRemedies(cause.missing).join(' ');
    case 'unhealthy':
      return unhealthyRemedy(cause.reason);
    case 'gone':
      return cause.idle === null ? goneRemedy(hca) : idleFunctionRemedy(cause.idle);
    case 'changed':
      return restartRemedy(cause.before.holders, firstOf(resources, examples, ' or '));
  }
}

function goneRemedy({ name, pci }: Hca): string {
  return (
    `Search dmesg for ${pci?.address ?? name}, and load its driver if it was unloaded. ` +
    'No action is needed if the HCA was removed on purpose.'
  );
}
