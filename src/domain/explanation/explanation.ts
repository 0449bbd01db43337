// SPDX-License-Identifier: Apache-2.0
import { type Grant, type Granter, type Injection, granterOf } from '../grant/grant.ts';
import type { Hca, Inventory, Port } from '../hca/hca.ts';
import type { Offer } from '../offer/offer.ts';
import type { Plan } from '../offer/plan.ts';
import { type ShareSeries, countHealthy, countShares } from '../offer/share.ts';
import type { Verdict } from '../offer/verdict.ts';
import { conditionProblem } from '../offer/words/conditions.ts';
import { describeEmptyReason, emptyReasonRemedy } from '../offer/words/empty-resource.ts';
import { verdictRemedy } from '../offer/words/remedies.ts';
import { describeJudgement, describeReason } from '../offer/words/verdicts.ts';
import type { Problem } from '../problem/problem.ts';
import type { RejectedResource, ResourceSettings } from '../settings/settings.ts';

/** What one share gives a container. */
export type ShareContents = Omit<Grant, 'resource'>;

/** An HCA that a resource selects. */
export interface ExplainedHca {
  readonly name: string;
  readonly pciAddress: string | null;
  readonly numaNode: number | null;
  readonly ports: readonly Pick<Port, 'number' | 'state' | 'linkLayer'>[];
  readonly netdevs: readonly string[];
  /** The specifier of the discovery module that found it; null if the built-in discovery did. */
  readonly discovery: string | null;
  /** Its own shares; null for a pool, whose shares stand for all its HCAs. */
  readonly shares: ShareCount | null;
  /** Why no pod can get it now, as a clause; null if pods can. */
  readonly problem: string | null;
  readonly remedy: string | null;
  /** What one of its own shares gives; null for a pool, and while it has no healthy share. */
  readonly share: ShareContents | null;
}

interface ShareCount {
  readonly all: number;
  readonly healthy: number;
}

/** How one resource judges an HCA that it does not select, as a clause. */
export interface Judgement {
  readonly hca: string;
  readonly reason: string;
}

/** What the settings make of one resource on this node. */
export interface ExplainedResource extends Pick<
  ResourceSettings,
  'sharing' | 'allocationPolicy' | 'maxSharesPerContainer'
> {
  readonly resource: string;
  readonly shares: ShareCount;
  /** Why it has no healthy share, as a clause; null if it has one. */
  readonly emptyReason: string | null;
  readonly remedy: string | null;
  readonly hcas: readonly ExplainedHca[];
  /** The HCAs of the node that it does not select. */
  readonly others: readonly Judgement[];
  /** What one share of a pool gives; null with per-device shares, and while no share is healthy. */
  readonly share: ShareContents | null;
}

/** What the settings make of a node, and why. */
export interface Explanation {
  readonly resources: readonly ExplainedResource[];
  /** The resources of the settings that the kubelet could not take. */
  readonly rejected: readonly RejectedResource[];
  /** The HCAs that no resource selects. */
  readonly unselected: readonly string[];
  readonly problems: readonly Problem[];
}

/** Without an injection, what a share gives is left out: it takes long to find out for many shares. */
export function explain(
  plan: Pick<Plan, 'offers' | 'problems' | 'conditions'>,
  inventory: Pick<Inventory, 'hcas'>,
  rejected: readonly RejectedResource[],
  injection: Injection | null,
): Explanation {
  const resources = plan.offers.map((offer) => explainOffer(offer, inventory.hcas, injection));
  const selected = new Set(resources.flatMap(({ hcas }) => hcas.map(({ name }) => name)));
  return {
    resources,
    rejected,
    unselected: inventory.hcas.map(({ name }) => name).filter((name) => !selected.has(name)),
    problems: [...plan.problems, ...plan.conditions.map(conditionProblem)],
  };
}

function explainOffer(offer: Offer, hcas: readonly Hca[], injection: Injection | null): ExplainedResource {
  const { resource, settings, emptyReason, verdicts } = offer;
  const { sharing, allocationPolicy, maxSharesPerContainer } = settings;
  const [mine, others] = [verdicts.filter(isIn(resource)), verdicts.filter((verdict) => !isIn(resource)(verdict))];
  const grantOf = injection === null ? null : granterOf(offer, injection);
  return {
    resource,
    sharing,
    allocationPolicy,
    maxSharesPerContainer,
    shares: countOf(offer.shares),
    emptyReason: emptyReason === null ? null : describeEmptyReason(emptyReason),
    remedy: emptyReason === null ? null : emptyReasonRemedy(emptyReason),
    hcas: mine.flatMap((verdict) => {
      const hca = hcas.find(({ name }) => name === verdict.hca);
      return hca === undefined ? [] : [explainHca(hca, verdict, offer, grantOf)];
    }),
    others: others.map((verdict) => ({ hca: verdict.hca, reason: describeJudgement(verdict, resource) })),
    share: settings.sharing === 'pool' ? contentsOf(offer.shares, grantOf) : null,
  };
}

function isIn(resource: string): (verdict: Verdict) => boolean {
  return ({ selection }) => selection.selected && selection.resource === resource;
}

function explainHca(hca: Hca, verdict: Verdict, offer: Offer, grantOf: Granter | null): ExplainedHca {
  const isPool = offer.settings.sharing === 'pool';
  const shares = isPool ? [] : offer.shares.filter((series) => series.hcas.includes(hca.name));
  return {
    name: hca.name,
    pciAddress: hca.pci?.address ?? null,
    numaNode: hca.numaNode,
    ports: hca.ports.map(({ number, state, linkLayer }) => ({ number, state, linkLayer })),
    netdevs: hca.netdevs.map(({ name }) => name),
    discovery: hca.discovery ?? null,
    shares: isPool ? null : countOf(shares),
    problem: verdict.unhealthy === null ? null : describeReason(verdict.unhealthy, verdict.missing),
    remedy: verdictRemedy(verdict),
    share: contentsOf(shares, grantOf),
  };
}

function countOf(shares: readonly ShareSeries[]): ShareCount {
  return { all: countShares(shares), healthy: countHealthy(shares) };
}

function contentsOf(shares: readonly ShareSeries[], grantOf: Granter | null): ShareContents | null {
  const series = shares.find(({ healthy }) => healthy);
  const result = series === undefined ? null : grantOf?.([`${series.idPrefix}${series.first}`]);
  if (result?.granted !== true) return null;
  const { resource: _, ...contents } = result.grant;
  return contents;
}
