// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../../hca/hca.ts';
import { type Problem, createProblem } from '../../problem/problem.ts';
import { firstOf } from '../../text/first-of.ts';
import { hasActivePort, waitsForSubnetManager } from '../link-history.ts';
import type { Offer } from '../offer.ts';
import { subnetManagerRemedy } from '../words/remedies.ts';

/**
 * Warns about HCAs that are offered although they wait for a subnet manager: pods start, and no traffic flows. With
 * `linkDown: unhealthy` they are not healthy, and the resource says why.
 */
export function subnetManagerProblems(offers: readonly Offer[]): readonly Problem[] {
  const offered = offers.filter(({ settings }) => settings.health.linkDown === 'ignore').flatMap(({ hcas }) => hcas);
  const waiting = [...new Set(offered.filter(isWaiting).map(({ name }) => name))];
  if (waiting.length === 0) return [];
  return [
    createProblem('SUBNET_MANAGER_MISSING', {
      subject: '/sys/class/infiniband',
      message:
        `Ports of ${firstOf(waiting, 4)} are INIT with the link up, because no subnet manager has configured them: ` +
        'pods get these HCAs and cannot send data.',
      remedy: subnetManagerRemedy,
    }),
  ];
}

function isWaiting(hca: Hca): boolean {
  return !hasActivePort(hca) && waitsForSubnetManager(hca);
}
