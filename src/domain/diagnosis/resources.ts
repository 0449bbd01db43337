// SPDX-License-Identifier: Apache-2.0
import type { Explanation } from '../explanation/explanation.ts';
import { type Finding, bad, fromProblem, good, warning } from './finding.ts';

/** Judges what the settings make of the node. */
export function resourceFindings({ resources, rejected }: Explanation): readonly Finding[] {
  return [
    ...resources.flatMap(({ resource, shares: { all, healthy }, emptyReason, remedy, hcas }) => [
      emptyReason === null
        ? good('resources', `${resource} has ${healthy} of ${all} shares healthy.`)
        : bad('resources', `${resource} has no healthy share: ${emptyReason}.`, remedy ?? 'See the other findings.'),
      ...hcas.flatMap(({ name, problem, remedy: ofHca }) =>
        problem === null || emptyReason !== null
          ? []
          : [
              warning(
                'resources',
                `${name} is unhealthy in ${resource}: ${problem}.`,
                ofHca ?? 'See the other findings.',
              ),
            ],
      ),
    ]),
    ...rejected.flatMap(({ problems }) => problems.map((problem) => fromProblem('resources', 'bad', problem))),
  ];
}
