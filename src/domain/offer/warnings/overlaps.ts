// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '../../problem/problem.ts';
import { firstOf } from '../../text/first-of.ts';
import type { Offer } from '../offer.ts';

/**
 * Returns a problem for each set of resources that offer the same HCAs. That is allowed, but an author of two selectors
 * rarely means it.
 */
export function overlapProblems(offers: readonly Offer[]): readonly Problem[] {
  const overlaps = new Map<string, { readonly resources: readonly string[]; readonly hcas: readonly string[] }>();
  for (const [hca, resources] of resourcesByHca(offers)) {
    const key = resources.join(', ');
    if (resources.length > 1) overlaps.set(key, { resources, hcas: [...(overlaps.get(key)?.hcas ?? []), hca] });
  }
  return [...overlaps.values()].map(({ resources, hcas }) =>
    createProblem('HCA_IN_SEVERAL_RESOURCES', {
      subject: resources.join(', '),
      message:
        `${firstOf(resources, 4, ' and ')} offer the same HCAs, such as ${hcas[0]}; ` +
        'their share counts are independent.',
      remedy: 'Narrow the selectors or add an exclude; if the overlap is intended, no action is needed.',
    }),
  );
}

/** The resources of a template have no HCA in common, so the template represents all of them. */
function resourcesByHca(offers: readonly Offer[]): ReadonlyMap<string, readonly string[]> {
  const resources = new Map<string, string[]>();
  for (const { resource, settings, hcas } of offers)
    for (const { name } of hcas)
      resources.set(name, [...(resources.get(name) ?? []), settings.nameTemplate ?? resource]);
  return resources;
}
