// SPDX-License-Identifier: Apache-2.0
import { groupBy } from '../../collections/group-by.ts';
import { type Problem, createProblem } from '../../problem/problem.ts';
import { firstOf } from '../../text/first-of.ts';
import type { Offer } from '../offer.ts';

/**
 * Returns a problem for each set of resources that offer the same HCAs. That is allowed, but an author of two selectors
 * rarely means it.
 */
export function overlapProblems(offers: readonly Offer[]): readonly Problem[] {
  const overlapping = resourcesByHca(offers).filter(([, resources]) => resources.length > 1);
  const overlaps = groupBy(overlapping, ([, resources]) => resources.join(', '));
  return [...overlaps].map(([subject, [[hca, resources] = ['', []]]]) =>
    createProblem('HCA_IN_SEVERAL_RESOURCES', {
      subject,
      message:
        `${firstOf(resources, 4, ' and ')} offer the same HCAs, such as ${hca}; ` +
        'their share counts are independent.',
      remedy: 'Narrow the selectors or add an exclude; if the overlap is intended, no action is needed.',
    }),
  );
}

/** The resources of a template have no HCA in common, so the template represents all of them. */
function resourcesByHca(offers: readonly Offer[]): readonly (readonly [hca: string, resources: readonly string[]])[] {
  const offered = offers.flatMap(({ resource, settings, hcas }) =>
    hcas.map(({ name }) => ({ hca: name, resource: settings.nameTemplate ?? resource })),
  );
  return [...groupBy(offered, ({ hca }) => hca)].map(([hca, alike]) => [hca, alike.map(({ resource }) => resource)]);
}
