// SPDX-License-Identifier: Apache-2.0
import { RecentMap } from '../collections/recent-map.ts';
import type { Offer } from '../offer/offer.ts';
import { type ShareSeries, countShares } from '../offer/share.ts';
import { SharesById } from '../offer/share-by-id.ts';
import { cdiQualifiedName } from './cdi-spec.ts';
import { type ContainerNode, containerNodes } from './container-nodes.ts';
import { environmentOf } from './environment.ts';
import type { GrantRefusal } from './refusal.ts';

/** How a container gets its device nodes: listed one by one, or by names that the runtime looks up in CDI files. */
export type Injection = 'device-nodes' | 'cdi';

/** What one container gets. */
export interface Grant {
  readonly resource: string;
  /** The names of its HCAs. */
  readonly hcas: readonly string[];
  /** Empty with CDI. */
  readonly deviceNodes: readonly ContainerNode[];
  /** Qualified names of CDI devices; empty without CDI. */
  readonly cdiDevices: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

type GrantResult =
  { readonly granted: true; readonly grant: Grant } | { readonly granted: false; readonly refusal: GrantRefusal };

/** Answers the kubelet's Allocate for one container: takes the IDs of its shares of one resource, in any order. */
export type Granter = (ids: readonly string[]) => GrantResult;

/** Containers with several per-device shares can get any set of HCAs, and a node can have 64 of them. */
const maxGrants = 256;

/**
 * Prepares the answers of an offer, so that an answer is a look-up. Equal sets of HCAs get the same Grant object, so
 * that a transport can cache its encoding. A refusal fails the pod permanently, so an answer is a refusal only if a
 * grant would not work: for an ID that is not offered, or for a share with HCAs that are not usable now.
 */
export function granterOf(offer: Offer, injection: Injection): Granter {
  const index = new SharesById(offer.shares);
  const grants = new RecentMap<string, Grant>(maxGrants);
  return (ids) => {
    const requested = ids.map((id) => index.find(id)?.series);
    const refusal = checkCount(offer, ids.length) ?? checkShares(offer, ids, requested);
    if (refusal !== null) return { granted: false, refusal };
    const hcas = new Set(requested.flatMap((series) => series?.hcas ?? []));
    const key = [...hcas].toSorted().join('\n');
    return { granted: true, grant: grants.get(key, () => createGrant(offer, hcas, injection)) };
  };
}

function checkCount({ settings: { maxSharesPerContainer: limit } }: Offer, requested: number): GrantRefusal | null {
  if (requested === 0) return { kind: 'no-shares-requested' };
  return limit === null || requested <= limit ? null : { kind: 'too-many-shares', requested, limit };
}

function checkShares(
  offer: Offer,
  ids: readonly string[],
  requested: readonly (ShareSeries | undefined)[],
): GrantRefusal | null {
  const at = requested.findIndex((series) => series === undefined || series.hcas.length === 0 || !series.healthy);
  if (at === -1) return null;
  const id = ids[at] ?? '';
  return requested[at] === undefined
    ? { kind: 'unknown-share', id, offered: countShares(offer.shares) }
    : { kind: 'unhealthy-share', id, emptyReason: offer.emptyReason };
}

function createGrant(offer: Offer, hcaNames: ReadonlySet<string>, injection: Injection): Grant {
  const hcas = offer.hcas.filter((hca) => hcaNames.has(hca.name));
  return {
    resource: offer.resource,
    hcas: hcas.map(({ name }) => name),
    deviceNodes: injection === 'device-nodes' ? containerNodes(hcas, offer.nodes) : [],
    cdiDevices: injection === 'cdi' ? hcas.map((hca) => cdiQualifiedName(offer.resource, hca)) : [],
    environment: offer.settings.env ? environmentOf(offer.resource, hcas) : {},
  };
}
