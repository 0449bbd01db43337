// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../hca/hca.ts';
import type { IncompleteHcas } from '../hca/incomplete.ts';
import type { ConcreteResource } from '../naming/expand-resources.ts';
import type { Problem } from '../problem/problem.ts';
import type { ResourceSettings } from '../settings/settings.ts';
import { type EmptyReason, emptyReasonOf } from './empty-reason.ts';
import { type InventoryWithExtraNodes, chooseExtraNodes } from './extra-nodes.ts';
import { type HealthContext, missingKinds, unhealthyReason } from './health.ts';
import { type OfferedNodes, offeredNodes } from './offered-nodes.ts';
import { checkGidTable, checkLibraryLists, checkListSize } from './share-limits.ts';
import { type ShareSeries, seriesOf } from './share.ts';
import type { Verdict } from './verdict.ts';

/** One resource as offered to the kubelet. */
export interface Offer {
  /** The name that pods request. */
  readonly resource: string;
  /** The settings of that resource. Resources of one template differ only in their names. */
  readonly settings: ResourceSettings;
  /** All shares, including held ones. */
  readonly shares: readonly ShareSeries[];
  /** The selected HCAs that have their required device nodes. A share can grant no others. */
  readonly hcas: readonly Hca[];
  readonly nodes: OfferedNodes;
  /** How the entry of the settings judges each HCA of the node. */
  readonly verdicts: readonly Verdict[];
  /** Why no share is healthy; null if one is. */
  readonly emptyReason: EmptyReason | null;
  /** Problems with the shares and device nodes of this resource. */
  readonly problems: readonly Problem[];
}

/** What an offer depends on besides the settings and the present state. */
export interface OfferContext extends HealthContext {
  /** The identities of the HCAs, by their names. */
  readonly identities: ReadonlyMap<string, string>;
  /** HCAs that have no per-device shares yet. */
  readonly incomplete: IncompleteHcas;
}

/** Makes the offer of a resource, given the verdicts of its entry of the settings. */
export function openOffer(
  { settings, hcas: selected }: ConcreteResource,
  verdicts: readonly Verdict[],
  host: InventoryWithExtraNodes,
  context: OfferContext,
): Offer {
  const isHealthy = (hca: Hca): boolean => unhealthyReason(hca, settings, context) === null;
  const complete = selected.filter(({ name }) => !context.incomplete.has(name));
  const shares = seriesOf(settings, complete, { isHealthy, identities: context.identities });
  const tooLong = checkListSize(settings, shares);
  if (tooLong !== null) return { ...closedOffer(settings, { kind: 'list-too-long' }), verdicts, problems: [tooLong] };
  const hcas = selected.filter((hca) => missingKinds(hca, settings.deviceNodes).length === 0);
  const { byHca, problems } = chooseExtraNodes(settings, hcas, host);
  if (byHca === null) return { ...closedOffer(settings, { kind: 'too-many-extra-nodes' }), verdicts, problems };
  return {
    resource: settings.name,
    settings,
    shares,
    hcas,
    nodes: offeredNodes(hcas, settings.deviceNodes, byHca),
    verdicts,
    emptyReason: shares.some(({ healthy }) => healthy) ? null : emptyReasonOf(settings, verdicts),
    problems: [...checkGidTable(settings, selected), ...checkLibraryLists(settings, hcas), ...problems],
  };
}

/** Makes an offer without shares. */
export function closedOffer(settings: ResourceSettings, emptyReason: EmptyReason): Offer {
  return {
    resource: settings.name,
    settings,
    shares: [],
    hcas: [],
    nodes: new Map(),
    verdicts: [],
    emptyReason,
    problems: [],
  };
}

/** Returns the offer with all its shares unhealthy, so that none is assigned while the reason lasts. */
export function withheldOffer(offer: Offer, emptyReason: EmptyReason): Offer {
  return { ...offer, shares: offer.shares.map((series) => ({ ...series, healthy: false })), emptyReason };
}

/** Returns the offer without its shares, for a resource that is no longer offered. */
export function withdrawnOffer(offer: Offer): Offer {
  return { ...offer, shares: [], hcas: [], emptyReason: { kind: 'withdrawn' } };
}
