// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '../problem/problem.ts';
import type { Offer } from './offer.ts';

/** Says which HCAs are in more than one resource: that is allowed, and seldom meant by who wrote two selectors. One problem for each set of resources. */
export function overlaps(offers: readonly Offer[]): readonly Problem[] {
  const resourcesOf = new Map<string, string[]>();
  for (const { resource, nameTemplate, hcas } of offers) {
    // The resources of a template have no HCA in common; one line for all of them is enough.
    for (const { name } of hcas) resourcesOf.set(name, [...(resourcesOf.get(name) ?? []), nameTemplate ?? resource]);
  }
  const hcasOf = new Map<string, string[]>();
  for (const [hca, resources] of resourcesOf) {
    if (resources.length < 2) continue;
    const key = resources.join(', ');
    hcasOf.set(key, [...(hcasOf.get(key) ?? []), hca]);
  }
  return [...hcasOf].map(([resources, hcas]) =>
    createProblem('HCA_IN_SEVERAL_RESOURCES', {
      subject: resources,
      message: `${hcas.join(', ')}: offered by each of ${resources}. A pod of any of them gets the nodes, and the numbers of shares do not know of each other.`,
      remedy: 'Nothing needs to be done if that is meant; else narrow the selectors, or write an exclude.',
    }),
  );
}
