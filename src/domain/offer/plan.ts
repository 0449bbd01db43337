// SPDX-License-Identifier: Apache-2.0
import {
  type ExpandedEntry,
  type NamingHistory,
  expandResources,
  noNamingHistory,
} from '../naming/expand-resources.ts';
import type { Problem } from '../problem/problem.ts';
import type { Settings } from '../settings/settings.ts';
import { absentNodeKindProblems } from './warnings/absent-node-kinds.ts';
import type { HcaCondition } from './conditions/condition.ts';
import { findConditions } from './conditions/find-conditions.ts';
import { nextTimeLimit } from './conditions/time-limit.ts';
import { type AbsentHcas, type EmptyReason, emptyReasonOf, explainedReason } from './empty-reason.ts';
import type { InventoryWithExtraNodes } from './extra-nodes.ts';
import { settledAt, unhealthyReason } from './health.ts';
import { carryOverHeldShares, forgottenAt } from './held-shares.ts';
import { type HostHistory, noHostHistory, updateHostHistory } from './host-history.ts';
import { type Offer, type OfferContext, closedOffer, openOffer } from './offer.ts';
import { overlapProblems } from './warnings/overlaps.ts';
import { verdictsOf } from './verdict.ts';
import { subnetManagerProblems } from './warnings/waiting-ports.ts';
import { emptyResourceProblems } from './words/empty-resource.ts';

/** What this node offers, and why. */
export interface Plan extends HostHistory {
  readonly offers: readonly Offer[];
  /** Netdevs of selected HCAs that are down and that the settings ask to bring up. */
  readonly linksToRaise: readonly string[];
  /** Problems of the inventory and of the offers. Those of single HCAs are in `conditions`. */
  readonly problems: readonly Problem[];
  /** The HCAs that resources select and that need attention. */
  readonly conditions: readonly HcaCondition[];
  readonly naming: NamingHistory;
  /** When the passage of time alone changes the plan, in milliseconds of the clock; null if never. */
  readonly changesAt: number | null;
}

export const emptyPlan: Plan = {
  ...noHostHistory,
  offers: [],
  linksToRaise: [],
  problems: [],
  conditions: [],
  naming: noNamingHistory,
  changesAt: null,
};

/**
 * Computes the whole plan at `now` (milliseconds of the clock). Of the plan `before`, it uses only the past: the
 * histories of HCAs, netdevs and links, the identities and names that HCAs have, and the shares, which stay in the list
 * (unhealthy) as long as their resource is configured.
 */
export function plan(settings: Settings, scanned: InventoryWithExtraNodes, before: Plan = emptyPlan, now = 0): Plan {
  const history = updateHostHistory(before === emptyPlan ? null : before, scanned, now);
  const inventory = { ...scanned, hcas: history.hcas };
  const context = { ...history, now, identities: history.identities.byHca };
  const { entries, naming, problems } = expandResources(settings.resources, inventory.hcas, before.naming);
  const present = entries.flatMap((entry) => offersOf(entry, inventory, context));
  const listed = carryOverHeldShares(present, before.offers, settings.resources, now);
  const evidence = { ...history, settings: settings.resources, offers: listed, inventory, now };
  const conditions = findConditions(evidence);
  const absent = {
    conditions: conditions.filter(isMissing),
    hadHcas: history.presence.size > 0,
    isPartial: inventory.isPartial === true,
    failedModules: inventory.failedModules ?? [],
  };
  const offers = listed.map((offer) => explained(offer, absent));
  return {
    ...history,
    offers,
    linksToRaise: settings.setLinksUp ? netdevsDown(offers) : [],
    problems: [
      ...inventory.problems,
      ...offers.flatMap((offer) => [...offer.problems, ...emptyResourceProblems(offer.resource, offer.emptyReason)]),
      ...entries.flatMap((entry) => unmatchedProblems(entry, inventory, context, absent)),
      ...problems,
      ...absentNodeKindProblems(offers),
      ...overlapProblems(offers),
      ...subnetManagerProblems(offers),
    ],
    conditions,
    naming,
    changesAt: nextChange(offers, context, nextTimeLimit(evidence)),
  };
}

function isMissing({ cause: { kind } }: HcaCondition): boolean {
  return kind === 'gone' || kind === 'no-rdma-device';
}

function explained(offer: Offer, absent: AbsentHcas): Offer {
  const emptyReason = explainedReason(offer.emptyReason, offer.resource, absent);
  return emptyReason === offer.emptyReason ? offer : { ...offer, emptyReason };
}

function offersOf(entry: ExpandedEntry, inventory: InventoryWithExtraNodes, context: OfferContext): readonly Offer[] {
  const closed = closedReason(inventory);
  if (closed !== null) return entry.resources.map(({ settings }) => closedOffer(settings, closed));
  const verdicts = verdictsOf(entry, inventory.hcas, context);
  return entry.resources.map((resource) => openOffer(resource, verdicts, inventory, context));
}

/** Returns why the host as a whole cannot share HCAs; null if it can. */
function closedReason({ netnsMode }: InventoryWithExtraNodes): EmptyReason | null {
  return netnsMode === 'exclusive' ? { kind: 'exclusive-netns' } : null;
}

/** Returns the problem of a template that has no resources because it selects no HCA. */
function unmatchedProblems(
  entry: ExpandedEntry,
  inventory: InventoryWithExtraNodes,
  context: OfferContext,
  absent: AbsentHcas,
): readonly Problem[] {
  const isMatched = [...entry.selections.values()].some((found) => found.selected || found.kind === 'no-name');
  if (entry.resources.length > 0 || isMatched) return [];
  const { name } = entry.settings;
  const reason = closedReason(inventory) ?? emptyReasonOf(entry.settings, verdictsOf(entry, inventory.hcas, context));
  return emptyResourceProblems(name, explainedReason(reason, name, absent));
}

/** Returns when the next link settles or the next held share is forgotten, `limit` at the latest. */
function nextChange(offers: readonly Offer[], context: OfferContext, limit: number): number | null {
  let next = limit;
  for (const offer of offers) {
    for (const hca of offer.hcas)
      if (unhealthyReason(hca, offer.settings, context) === 'link-settling')
        next = Math.min(next, settledAt(hca, offer.settings.health, context.links));
    for (const { heldSince } of offer.shares)
      if (heldSince !== null) next = Math.min(next, forgottenAt(offer, heldSince));
  }
  return next === Number.POSITIVE_INFINITY ? null : next;
}

function netdevsDown(offers: readonly Offer[]): readonly string[] {
  const netdevs = offers.flatMap((offer) => offer.hcas.flatMap((hca) => hca.netdevs));
  return [...new Set(netdevs.filter((netdev) => netdev.up === false).map((netdev) => netdev.name))];
}
