// SPDX-License-Identifier: Apache-2.0
import type { Problem } from './errors.ts';
import { FitnessJudge, type LinkHistory, followLinks } from './fitness.ts';
import type { Inventory } from './hca.ts';
import { type Offer, closedOffer, offerOf, withHeldShares } from './offer.ts';
import { overlaps } from './overlap.ts';
import type { ResourceSettings, Settings } from './settings.ts';

/**
 * What this node offers, and why. `linksToRaise` are the netdevs of selected HCAs that are down and that the settings
 * ask to set up. `problems` are those of the inventory and those of the offers. `links` is what is known of the links'
 * past. `changesAt` is when, in milliseconds of the clock, time alone makes another plan of the same inventory; null if never.
 */
export interface Plan {
  readonly offers: readonly Offer[];
  readonly linksToRaise: readonly string[];
  readonly problems: readonly Problem[];
  readonly links: LinkHistory;
  readonly changesAt: number | null;
}

export const emptyPlan: Plan = { offers: [], linksToRaise: [], problems: [], links: new Map(), changesAt: null };

/**
 * The whole plan, afresh, at `now` (milliseconds of the clock). `before` is the plan in force till now: of it only the past is
 * used, that of the links, and the share ids, which stay in the list (unhealthy) while their resource is configured.
 */
export function plan(settings: Settings, inventory: Inventory, before: Plan = emptyPlan, now = 0): Plan {
  const links = followLinks(before.links, inventory.hcas, now);
  const earlier = new Map(before.offers.map((offer) => [offer.resource, offer]));
  const offers = settings.resources.map((resource) => {
    const offer = openOrClosed(resource, inventory, new FitnessJudge(resource.health, links, now));
    const previous = earlier.get(resource.name);
    return previous === undefined ? offer : withHeldShares(offer, previous, now, forgetAfterMs(resource));
  });
  return {
    offers,
    linksToRaise: settings.setLinksUp ? linksDown(offers) : [],
    problems: [...inventory.problems, ...offers.flatMap((offer) => [...offer.problems, ...emptiness(offer)]), ...overlaps(offers)],
    links,
    changesAt: nextChange(settings.resources, offers, links, now),
  };
}

function openOrClosed(resource: ResourceSettings, inventory: Inventory, fitness: FitnessJudge): Offer {
  return inventory.netnsMode === 'exclusive'
    ? closedOffer(resource, 'the RDMA subsystem is in exclusive network namespace mode, in which HCAs cannot be shared')
    : offerOf(resource, inventory.hcas, fitness);
}

function forgetAfterMs(resource: ResourceSettings): number {
  return resource.health.forgetAfterSeconds * 1000;
}

/** The first moment after `now` at which a link has settled or a held share is forgotten. */
function nextChange(resources: readonly ResourceSettings[], offers: readonly Offer[], links: LinkHistory, now: number): number | null {
  let next = Number.POSITIVE_INFINITY;
  resources.forEach((resource, i) => {
    const fitness = new FitnessJudge(resource.health, links, now);
    const offer = offers[i];
    for (const hca of offer?.hcas ?? []) if (fitness.judge(hca) === 'link-settling') next = Math.min(next, fitness.settledAt(hca));
    for (const since of offer?.held.values() ?? []) next = Math.min(next, since + forgetAfterMs(resource));
  });
  return next === Number.POSITIVE_INFINITY ? null : next;
}

function linksDown(offers: readonly Offer[]): readonly string[] {
  const netdevs = offers.flatMap((offer) => offer.hcas.flatMap((hca) => hca.netdevs));
  return [...new Set(netdevs.filter((netdev) => netdev.up === false).map((netdev) => netdev.name))];
}

function emptiness(offer: Offer): readonly Problem[] {
  // A problem of the shares says it already, and better.
  if (offer.whyEmpty === null || (offer.shares.length === 0 && offer.problems.length > 0)) return [];
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
