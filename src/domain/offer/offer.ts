// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '../problem/problem.ts';
import { type InventoryWithExtraNodes, chooseExtraNodes } from './extra-nodes.ts';
import { type FitnessJudge, type Unfitness, isUsable, missingKinds } from './fitness.ts';
import { type NodesByHca, grantableNodes } from './granted-node.ts';
import type { DeviceNodeKind, Hca } from '../hca/hca.ts';
import { gidTableFault, listFault } from './share-limits.ts';
import { type Share, seriesOf, sharesOf } from './share.ts';
import type { NamedResource } from './named-resources.ts';
import type { Judgement } from '../selection/judge.ts';
import type { AllocationPolicy, ResourceSettings } from '../settings/settings.ts';

/**
 * What became of one HCA in one resource. `unfitness` is judged whether the HCA is selected or not; `missing` are the kinds of nodes
 * that the resource requires and the HCA lacks.
 */
export interface Verdict {
  readonly hca: string;
  readonly judgement: Judgement;
  readonly unfitness: Unfitness;
  readonly missing: readonly DeviceNodeKind[];
}

/**
 * One resource as offered to the kubelet. `nameTemplate` is what made its name, else null. `shares` is the whole list; `hcas` are the selected HCAs that are usable now,
 * the only ones that a share can grant, and `nodes` what each of them brings; `held` tells since when, in milliseconds of the clock, a share is listed that nothing
 * makes any more; `whyEmpty` says in one sentence why no share is healthy, else null. `preference` is null where it makes no difference which shares
 * a container gets; `maxSharesPerContainer` is null for no limit; `env`: whether containers are told their HCAs in
 * environment variables. `problems` are those of the shares themselves.
 */
export interface Offer {
  readonly resource: string;
  readonly nameTemplate: string | null;
  readonly shares: readonly Share[];
  readonly hcas: readonly Hca[];
  readonly nodes: NodesByHca;
  readonly held: ReadonlyMap<string, number>;
  readonly verdicts: readonly Verdict[];
  readonly whyEmpty: string | null;
  readonly preference: AllocationPolicy | null;
  readonly maxSharesPerContainer: number | null;
  readonly env: boolean;
  readonly problems: readonly Problem[];
}

/** Why nothing is offered on a node that has nothing to share. */
export const noRdmaDevice = 'this node has no RDMA device';

const noneHeld: ReadonlyMap<string, number> = new Map();
const noNodes: NodesByHca = new Map();

export function offerOf(
  { settings: resource, judge }: NamedResource,
  host: InventoryWithExtraNodes,
  fitness: FitnessJudge,
): Offer {
  const { hcas } = host;
  const verdicts = hcas.map((hca) => ({
    hca: hca.name,
    judgement: judge(hca),
    unfitness: fitness.judge(hca),
    missing: missingKinds(hca, resource.deviceNodes),
  }));
  const selected = hcas.filter((_, i) => verdicts[i]?.judgement.selected);
  const series = seriesOf(resource, selected, (hca) => fitness.judge(hca) === null);
  const tooLong = listFault(resource, series);
  if (tooLong !== null)
    return { ...closedOffer(resource, 'the list of its shares would be too long'), verdicts, problems: [tooLong] };
  const usable = selected.filter((hca) => isUsable(hca, resource.deviceNodes));
  const extra = chooseExtraNodes(resource, usable, host);
  if (extra.tooMany !== null)
    return { ...closedOffer(resource, 'its extra device nodes are too many'), verdicts, problems: [extra.tooMany] };
  const shares = sharesOf(series, resource.rdmaHcaMax);
  const crowded = gidTableFault(resource, selected);
  return {
    ...closedOffer(resource, ''),
    shares,
    hcas: usable,
    nodes: new Map(
      usable.map((hca) => [hca.name, grantableNodes(hca, resource.deviceNodes, extra.byHca.get(hca.name) ?? [])]),
    ),
    verdicts,
    whyEmpty: shares.some((share) => share.healthy) ? null : whyEmpty(resource, verdicts),
    problems: [...(crowded === null ? [] : [crowded]), ...extra.problems],
  };
}

/** The offer of a resource that can't serve for a reason that has nothing to do with its selectors. */
export function closedOffer(resource: ResourceSettings, why: string): Offer {
  const preference = resource.sharing === 'pool' ? null : resource.allocationPolicy;
  const { name, nameTemplate, maxSharesPerContainer, env } = resource;
  return {
    resource: name,
    nameTemplate,
    shares: [],
    hcas: [],
    nodes: noNodes,
    held: noneHeld,
    verdicts: [],
    whyEmpty: why,
    preference,
    maxSharesPerContainer,
    env,
    problems: [],
  };
}

/** The same offer while something keeps its shares from being given: in the list, and unhealthy. */
export function withheldOffer(offer: Offer, why: string): Offer {
  return { ...offer, shares: offer.shares.map((share) => ({ ...share, healthy: false })), whyEmpty: why };
}

/**
 * Keeps the shares that were offered before and are no longer made: as unhealthy ones, at the end of the list, for
 * `forgetAfterMs` from `now` on. A pod may hold them, and the kubelet reports an id that is missing from the list as healthy
 * (devicemanager, pod status).
 */
export function withHeldShares(offer: Offer, before: Offer, now: number, forgetAfterMs: number): Offer {
  const made = new Set(offer.shares.map((share) => share.id));
  const missing = before.shares.filter((share) => !made.has(share.id));
  if (missing.length === 0) return offer;
  const since = (share: Share): number => before.held.get(share.id) ?? now;
  const held = missing.filter((share) => now - since(share) < forgetAfterMs);
  return {
    ...offer,
    shares: [...offer.shares, ...held.map((share) => ({ ...share, healthy: false, hcas: [] }))],
    held: new Map(held.map((share) => [share.id, since(share)])),
  };
}

function whyEmpty(resource: ResourceSettings, verdicts: readonly Verdict[]): string {
  if (resource.rdmaHcaMax === 0) return 'its rdmaHcaMax is 0';
  if (verdicts.length === 0) return noRdmaDevice;
  const selected = verdicts.filter((verdict) => verdict.judgement.selected);
  if (selected.length > 0) return `no selected HCA can be used (${describeVerdicts(selected)})`;
  return `no HCA matches its selectors (${describeVerdicts(verdicts)})`;
}

const unfitnessWords: Readonly<Record<Exclude<Unfitness, 'nodes-missing' | null>, string>> = {
  'link-down': 'none of its ports is up',
  'link-settling': 'its link has not been up for long enough yet',
};

/** One verdict in words: `mlx5_0: vendors wanted 15b3, found 8086`. */
export function describeVerdict(verdict: Verdict): string {
  return `${verdict.hca}: ${outcomeOf(verdict)}`;
}

/** As many HCAs with one outcome as are named; a node has up to hundreds. */
const namedHcas = 8;

/** Verdicts in words, those that are alike together: `mlx5_0, mlx5_1: vendors wanted 15b3, found 8086`. */
function describeVerdicts(verdicts: readonly Verdict[]): string {
  const alike = new Map<string, Verdict[]>();
  for (const verdict of verdicts) alike.set(outcomeOf(verdict), [...(alike.get(outcomeOf(verdict)) ?? []), verdict]);
  return [...alike].map(([outcome, those]) => `${namesOf(those)}: ${outcome}`).join('; ');
}

function namesOf(verdicts: readonly Verdict[]): string {
  const names = verdicts.slice(0, namedHcas).map(({ hca }) => hca);
  const more = verdicts.length - names.length;
  return `${names.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}

function outcomeOf(verdict: Verdict): string {
  const { judgement, unfitness } = verdict;
  if (judgement.selected) return unfitness === null ? 'selected' : `selected, but ${describeUnfitness(verdict)}`;
  const found = judgement.found.length === 0 ? 'none' : judgement.found.join(' and ');
  if (judgement.excluded) return `excluded by ${judgement.field} ${judgement.wanted.join(' or ')}`;
  return `${judgement.field} wanted ${judgement.wanted.join(' or ')}, found ${found}`;
}

function describeUnfitness({ unfitness, missing }: Verdict): string {
  return unfitness === 'nodes-missing' || unfitness === null
    ? `it has no ${missing.join(' and no ')} node`
    : unfitnessWords[unfitness];
}
