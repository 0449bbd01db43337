// SPDX-License-Identifier: Apache-2.0
import type { Problem } from './errors.ts';
import type { Inventory } from './hca.ts';
import { type Offer, closedOffer, offerOf, withHeldShares } from './offer.ts';
import type { ResourceSettings, Settings } from './settings.ts';

/**
 * What this node offers, and why. `linksToRaise` are the netdevs of selected HCAs that are down and that the settings
 * ask to set up. `problems` are those of the inventory and those of the offers.
 */
export interface Plan {
  readonly offers: readonly Offer[];
  readonly linksToRaise: readonly string[];
  readonly problems: readonly Problem[];
}

export const emptyPlan: Plan = { offers: [], linksToRaise: [], problems: [] };

/**
 * The whole plan, afresh. `before` is the plan in force till now: of it only the share ids are used, which stay in the
 * list (unhealthy) for as long as their resource is configured.
 */
export function plan(settings: Settings, inventory: Inventory, before: Plan = emptyPlan): Plan {
  const earlier = new Map(before.offers.map((offer) => [offer.resource, offer]));
  const offers = settings.resources.map((resource) => {
    const offer = openOrClosed(resource, inventory);
    const previous = earlier.get(resource.name);
    return previous === undefined ? offer : withHeldShares(offer, previous);
  });
  return {
    offers,
    linksToRaise: settings.setLinksUp ? linksDown(offers) : [],
    problems: [...inventory.problems, ...offers.flatMap(emptiness)],
  };
}

function openOrClosed(resource: ResourceSettings, inventory: Inventory): Offer {
  return inventory.netnsMode === 'exclusive'
    ? closedOffer(resource, 'the RDMA subsystem is in exclusive network namespace mode, in which HCAs cannot be shared')
    : offerOf(resource, inventory.hcas);
}

function linksDown(offers: readonly Offer[]): readonly string[] {
  const netdevs = offers.flatMap((offer) => offer.hcas.flatMap((hca) => hca.netdevs));
  return [...new Set(netdevs.filter((netdev) => netdev.up === false).map((netdev) => netdev.name))];
}

function emptiness(offer: Offer): readonly Problem[] {
  if (offer.whyEmpty === null) return [];
  return [
    {
      code: 'RESOURCE_EMPTY',
      actor: 'node',
      subject: offer.resource,
      message: `${offer.resource} has no share to give: ${offer.whyEmpty}.`,
      remedy: offer.whyEmpty.includes('exclusive')
        ? 'Set the mode with "rdma system set netns shared" while no other network namespace exists, or load ib_core with netns_mode=1.'
        : 'Compare the selectors with "rdma-shared-dp discover -o wide", or load the driver of the missing HCA.',
    },
  ];
}
