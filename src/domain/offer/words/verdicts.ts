// SPDX-License-Identifier: Apache-2.0
import { groupBy } from '../../collections/group-by.ts';
import { firstOf } from '../../text/first-of.ts';
import type { UnhealthyReason } from '../health.ts';
import type { Verdict } from '../verdict.ts';

/** Describes one verdict for the log of a resource: `mlx5_0: expected vendors 15b3, found 8086`. */
export function describeVerdict(verdict: Verdict, resource: string): string {
  return `${verdict.hca}: ${describeJudgement(verdict, resource)}`;
}

/** The same without the name of the HCA: `expected vendors 15b3, found 8086`. */
export function describeJudgement(verdict: Verdict, resource: string): string {
  const { selection } = verdict;
  if (selection.selected && selection.resource !== resource) return `in ${selection.resource}`;
  return [causeOf(verdict), findingOf(verdict)].filter((part) => part !== '').join(', ');
}

/** A node can have hundreds of HCAs, and an HCA hundreds of netdevs: a message has this many examples in all. */
const examples = { hcas: 8, outcomes: 3, wanted: 2, found: 2 } as const;

/** HCAs that were judged alike. */
interface Outcome {
  readonly text: string;
  readonly hcas: readonly string[];
}

/**
 * Describes verdicts, grouping HCAs with the same outcome: `mlx5_0, mlx5_1: expected vendors 15b3, found 8086`.
 * Outcomes with the same cause differ in what was found only, and some of them are enough.
 */
export function describeVerdicts(verdicts: readonly Verdict[]): string {
  const causes = [...groupBy(verdicts, causeOf)].slice(0, examples.outcomes);
  const perCause = Math.floor(examples.outcomes / causes.length);
  const outcomes = causes.flatMap(([cause, judged]) => outcomesOf(cause, judged).slice(0, perCause));
  const hcasShown = Math.max(2, Math.floor(examples.hcas / outcomes.length));
  const texts = outcomes.map(({ text, hcas }) => `${firstOf(hcas, hcasShown)}: ${text}`);
  const hidden = verdicts.length - outcomes.flatMap(({ hcas }) => hcas).length;
  return [...texts, ...(hidden > 0 ? [`and ${hidden} more`] : [])].join('; ');
}

/** Only the first text says what was expected. */
function outcomesOf(cause: string, verdicts: readonly Verdict[]): readonly Outcome[] {
  return [...groupBy(verdicts, findingOf)].map(([finding, alike], index) => ({
    text: index > 0 ? finding : [cause, finding].filter((part) => part !== '').join(', '),
    hcas: alike.map(({ hca }) => hca),
  }));
}

/** What decides, without the value that was found. */
function causeOf({ selection, unhealthy, missing }: Verdict): string {
  if (selection.selected)
    return unhealthy === null ? 'selected' : `selected, but ${describeReason(unhealthy, missing)}`;
  if (selection.kind === 'no-name') return 'selected, but the template produces no name for it';
  if (selection.kind === 'management-only')
    return 'a device for fabric management (SMI), which has no uverbs node and is for no application';
  const entries = selection.wanted.map((entry) => (entry === '' ? 'no network interface' : entry));
  const wanted = firstOf(entries, examples.wanted, ' or ');
  return selection.kind === 'excluded'
    ? `excluded by ${selection.field} ${wanted}`
    : `expected ${selection.field} ${wanted}`;
}

function findingOf({ selection }: Verdict): string {
  if (selection.selected || selection.kind !== 'not-matched') return '';
  const found = selection.found.length === 0 ? 'none' : firstOf(selection.found, examples.found, ' and ');
  return `found ${found}${describeNetdevAway(selection.portWithoutNetdev)}`;
}

/** A port has no netdev: sysfs does not say why, so these are the likely reasons. */
function describeNetdevAway(linkType: string | undefined): string {
  if (linkType === undefined) return '';
  const away = "its network interface may be in a pod's network namespace";
  return linkType === 'infiniband' ? ` (ib_ipoib may not be loaded, or ${away})` : ` (${away})`;
}

/** Describes why an HCA is unhealthy, as a main clause. */
export function describeReason(reason: UnhealthyReason, missing: Verdict['missing']): string {
  return reason === 'nodes-missing' ? `it has no ${missing.join(' and no ')} node` : describeUnhealthy(reason);
}

/** Describes why an HCA with all its device nodes is unhealthy, as a main clause. */
export function describeUnhealthy(reason: Exclude<UnhealthyReason, 'nodes-missing'>): string {
  return unhealthyText[reason];
}

const unhealthyText = {
  'no-answer': 'the driver does not answer',
  'link-down': 'no port is up',
  'link-init': 'a port is INIT with the link up, because no subnet manager has configured it',
  'link-settling': 'the link has not been up long enough yet',
} as const;
