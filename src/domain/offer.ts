// SPDX-License-Identifier: Apache-2.0
import type { Hca } from './hca.ts';
import { type Share, isUsable, sharesOf } from './share.ts';
import { type Judgement, judge } from './selector.ts';
import type { ResourceSettings } from './settings.ts';

/** What became of one HCA in one resource. `usable` is false for a selected HCA that has no uverbs node. */
export interface Verdict {
  readonly hca: string;
  readonly judgement: Judgement;
  readonly usable: boolean;
}

/**
 * One resource as offered to the kubelet. `shares` is the whole list; `hcas` are the selected HCAs that are usable now,
 * the only ones that a share can grant; `whyEmpty` says in one sentence why no share is healthy, else null.
 */
export interface Offer {
  readonly resource: string;
  readonly shares: readonly Share[];
  readonly hcas: readonly Hca[];
  readonly verdicts: readonly Verdict[];
  readonly whyEmpty: string | null;
}

export function offerOf(resource: ResourceSettings, hcas: readonly Hca[]): Offer {
  const verdicts = hcas.map((hca) => ({
    hca: hca.name,
    judgement: judge(hca, resource.selector),
    usable: isUsable(hca),
  }));
  const selected = hcas.filter((_, i) => verdicts[i]?.judgement.selected);
  const shares = sharesOf(resource, selected);
  return {
    resource: resource.name,
    shares,
    hcas: selected.filter(isUsable),
    verdicts,
    whyEmpty: shares.some((share) => share.healthy) ? null : whyEmpty(resource, verdicts),
  };
}

/** The offer of a resource that can't serve for a reason that has nothing to do with its selectors. */
export function closedOffer(resource: ResourceSettings, why: string): Offer {
  return { resource: resource.name, shares: [], hcas: [], verdicts: [], whyEmpty: why };
}

/** The same offer while something keeps its shares from being given: in the list, and unhealthy. */
export function withheldOffer(offer: Offer, why: string): Offer {
  return { ...offer, shares: offer.shares.map((share) => ({ ...share, healthy: false })), whyEmpty: why };
}

/**
 * Keeps the shares that were offered before and are no longer made: as unhealthy ones, at the end of the list. A pod may
 * hold them, and the kubelet reports an id that is missing from the list as healthy (devicemanager, pod status).
 */
export function withHeldShares(offer: Offer, before: Offer): Offer {
  const made = new Set(offer.shares.map((share) => share.id));
  const held = before.shares.filter((share) => !made.has(share.id));
  if (held.length === 0) return offer;
  return { ...offer, shares: [...offer.shares, ...held.map((share) => ({ ...share, healthy: false, hcas: [] }))] };
}

function whyEmpty(resource: ResourceSettings, verdicts: readonly Verdict[]): string {
  if (resource.rdmaHcaMax === 0) return 'its rdmaHcaMax is 0';
  if (verdicts.length === 0) return 'this node has no RDMA device';
  const selected = verdicts.filter((verdict) => verdict.judgement.selected);
  if (selected.length > 0) return `no selected HCA has its uverbs node (${selected.map((v) => v.hca).join(', ')})`;
  return `no HCA matches its selectors (${verdicts.map(describeVerdict).join('; ')})`;
}

/** One verdict in words: `mlx5_0: vendors wanted 15b3, found 8086`. */
export function describeVerdict(verdict: Verdict): string {
  const { judgement } = verdict;
  if (judgement.selected) return `${verdict.hca}: ${verdict.usable ? 'selected' : 'selected, but it has no uverbs node'}`;
  const found = judgement.found.length === 0 ? 'none' : judgement.found.join(' and ');
  return `${verdict.hca}: ${judgement.field} wanted ${judgement.wanted.join(' or ')}, found ${found}`;
}
