// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '../problem/problem.ts';
import type { InventoryWithExtraNodes } from './extra-nodes.ts';
import { FitnessJudge, type LinkHistory, followLinks } from './fitness.ts';
import { type Offer, closedOffer, offerOf, withHeldShares } from './offer.ts';
import { overlaps } from './overlap.ts';
import { type NamedResource, type NamedResources, nameResources, plainResource } from './named-resources.ts';
import type { Rails } from './rails.ts';
import type { ResourceSettings, Settings } from '../settings/settings.ts';

/**
 * What this node offers, and why. `linksToRaise` are the netdevs of selected HCAs that are down and that the settings
 * ask to set up. `problems` are those of the inventory and those of the offers. `links` is what is known of the links'
 * past, `rails` that of the rails, by template and selectors. `changesAt` is when, in milliseconds of the clock, time alone makes
 * another plan of the same inventory; null if never.
 */
export interface Plan {
  readonly offers: readonly Offer[];
  readonly linksToRaise: readonly string[];
  readonly problems: readonly Problem[];
  readonly links: LinkHistory;
  readonly rails: ReadonlyMap<string, Rails>;
  readonly changesAt: number | null;
}

export const emptyPlan: Plan = {
  offers: [],
  linksToRaise: [],
  problems: [],
  links: new Map(),
  rails: new Map(),
  changesAt: null,
};

/**
 * The whole plan, afresh, at `now` (milliseconds of the clock). `before` is the plan in force till now: of it only the past is
 * used, that of the links and rails, and the share ids, which stay in the list (unhealthy) while their resource is configured.
 */
export function plan(settings: Settings, inventory: InventoryWithExtraNodes, before: Plan = emptyPlan, now = 0): Plan {
  const links = followLinks(before.links, inventory.hcas, now);
  const named = nameResources(settings.resources, inventory.hcas, before.rails);
  const fitness = (resource: ResourceSettings): FitnessJudge => new FitnessJudge(resource, links, now);
  const made = named.resources.map((resource) => ({
    resource: resource.settings,
    offer: openOrClosed(resource, inventory, fitness(resource.settings)),
  }));
  const idle = settings.resources.filter((resource) => makesNothing(resource, named));
  const gone = withThePast(vanished(settings.resources, made, before.offers), before.offers, now).filter(
    ({ offer }) => offer.shares.length > 0,
  );
  const planned = [...withThePast(made, before.offers, now), ...gone];
  const offers = planned.map(({ offer }) => offer);
  return {
    offers,
    linksToRaise: settings.setLinksUp ? linksDown(offers) : [],
    problems: [
      ...inventory.problems,
      ...offers.flatMap((offer) => [...offer.problems, ...emptiness(offer)]),
      ...idle.flatMap((resource) => emptiness(openOrClosed(plainResource(resource), inventory, fitness(resource)))),
      ...named.problems,
      ...overlaps(offers),
    ],
    links,
    rails: named.rails,
    changesAt: nextChange(planned, fitness),
  };
}

/** A resource and what is offered of it. Several have the same settings but for the name where a template made that. */
interface Planned {
  readonly resource: ResourceSettings;
  readonly offer: Offer;
}

function openOrClosed(resource: NamedResource, inventory: InventoryWithExtraNodes, fitness: FitnessJudge): Offer {
  return inventory.netnsMode === 'exclusive'
    ? closedOffer(
        resource.settings,
        'the RDMA subsystem is in exclusive network namespace mode, in which HCAs cannot be shared',
      )
    : offerOf(resource, inventory, fitness);
}

/** Whether a template makes no name for the reason that it selects no HCA; any other reason is told as a problem of its own. */
function makesNothing({ nameTemplate }: ResourceSettings, { resources, problems }: NamedResources): boolean {
  if (nameTemplate === null || problems.some(({ subject }) => subject === nameTemplate)) return false;
  return !resources.some(({ settings }) => settings.nameTemplate === nameTemplate);
}

/** The resources of configured templates whose names no HCA makes any more: kept for their held shares, and gone with the last of them. */
function vanished(
  resources: readonly ResourceSettings[],
  made: readonly Planned[],
  before: readonly Offer[],
): readonly Planned[] {
  const names = new Set(made.map(({ offer }) => offer.resource));
  return before
    .filter((offer) => offer.nameTemplate !== null && !names.has(offer.resource))
    .flatMap(({ resource: name, nameTemplate }) => {
      const template = resources.find((one) => one.nameTemplate === nameTemplate);
      if (template === undefined) return [];
      const resource = { ...template, name };
      return [{ resource, offer: closedOffer(resource, 'no HCA makes its name any more') }];
    });
}

/** The same, with the shares that were offered before. */
function withThePast(planned: readonly Planned[], before: readonly Offer[], now: number): readonly Planned[] {
  const earlier = new Map(before.map((offer) => [offer.resource, offer]));
  return planned.map(({ resource, offer }) => {
    const previous = earlier.get(resource.name);
    return {
      resource,
      offer: previous === undefined ? offer : withHeldShares(offer, previous, now, forgetAfterMs(resource)),
    };
  });
}

function forgetAfterMs(resource: ResourceSettings): number {
  return resource.health.forgetAfterSeconds * 1000;
}

/** The first moment from now on at which a link has settled or a held share is forgotten. */
function nextChange(
  planned: readonly Planned[],
  fitnessOf: (resource: ResourceSettings) => FitnessJudge,
): number | null {
  let next = Number.POSITIVE_INFINITY;
  for (const { resource, offer } of planned) {
    const fitness = fitnessOf(resource);
    for (const hca of offer.hcas)
      if (fitness.judge(hca) === 'link-settling') next = Math.min(next, fitness.settledAt(hca));
    for (const since of offer.held.values()) next = Math.min(next, since + forgetAfterMs(resource));
  }
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
    createProblem('RESOURCE_EMPTY', {
      subject: offer.resource,
      message: `${offer.resource} has no share to give: ${offer.whyEmpty}.`,
      remedy: offer.whyEmpty.includes('exclusive')
        ? 'Set the mode with "rdma system set netns shared" while no other network namespace exists, or load ib_core with netns_mode=1.'
        : 'Compare the selectors with "rdma-shared-dp discover -o wide", or load the driver of the missing HCA.',
    }),
  ];
}
