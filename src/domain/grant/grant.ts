// SPDX-License-Identifier: Apache-2.0
import { cdiQualifiedName } from './cdi-spec.ts';
import { environmentOf } from './environment.ts';
import { type GrantedNode, nodesOf } from '../offer/granted-node.ts';
import type { Offer } from '../offer/offer.ts';
import type { Share } from '../offer/share.ts';

/** How a container gets its nodes: listed one by one, or by names that the runtime looks up in CDI files. */
export type Injection = 'device-nodes' | 'cdi';

/** What one container gets. Exactly one of `deviceNodes` and `cdiDevices` is used, by the kind of injection. */
export interface Grant {
  readonly resource: string;
  readonly deviceNodes: readonly GrantedNode[];
  readonly cdiDevices: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export type GrantResult =
  { readonly granted: true; readonly grant: Grant } | { readonly granted: false; readonly reason: string };

/** Answers the kubelet's Allocate for one container: the ids of one resource, in no particular order. */
export type Granter = (ids: readonly string[]) => GrantResult;

/**
 * Prepares the answers of an offer, so that giving one is a look-up. Equal sets of HCAs give the very same Grant, which
 * a transport may use as the key of an answer that it has encoded before. A refusal fails the pod for good, so it is
 * given only where a grant would be a lie: an id that is not offered, or one whose hardware is not usable now.
 */
export function granterOf(offer: Offer, injection: Injection): Granter {
  const shares = new Map(offer.shares.map((share) => [share.id, share]));
  const grants = new Map<string, Grant>();
  return (ids) => {
    const asked = ids.map((id) => shares.get(id));
    const refusal = countRefusal(offer, ids.length) ?? firstRefusal(offer, ids, asked);
    if (refusal !== null) return { granted: false, reason: refusal };
    const names = [...new Set(asked.flatMap((share) => share?.hcas ?? []))];
    const key = names.toSorted().join('\n');
    const grant = grants.get(key) ?? makeGrant(offer, names, injection);
    grants.set(key, grant);
    return { granted: true, grant };
  };
}

function countRefusal({ resource, maxSharesPerContainer }: Offer, count: number): string | null {
  if (count === 0) return 'no share was asked for';
  if (maxSharesPerContainer === null || count <= maxSharesPerContainer) return null;
  return `${count} shares of ${resource} were asked for, and its maxSharesPerContainer is ${maxSharesPerContainer}: ask for at most ${maxSharesPerContainer} in one container`;
}

function firstRefusal(offer: Offer, ids: readonly string[], asked: readonly (Share | undefined)[]): string | null {
  const at = asked.findIndex((share) => share === undefined || share.hcas.length === 0 || !share.healthy);
  if (at === -1) return null;
  const id = `share "${shorten(ids[at] ?? '')}" of ${offer.resource}`;
  if (asked[at] === undefined) return `${id} does not exist; ${offer.shares.length} shares are offered now`;
  return `${id} cannot be used now: ${offer.whyEmpty ?? 'its HCA has gone, lacks a device node, or its link is down'}`;
}

function makeGrant(offer: Offer, names: readonly string[], injection: Injection): Grant {
  const hcas = offer.hcas.filter((hca) => names.includes(hca.name));
  return {
    resource: offer.resource,
    deviceNodes: injection === 'device-nodes' ? nodesOf(hcas, offer.nodes) : [],
    cdiDevices: injection === 'cdi' ? hcas.map((hca) => cdiQualifiedName(offer.resource, hca)) : [],
    environment: offer.env ? environmentOf(offer.resource, hcas) : {},
  };
}

function shorten(text: string): string {
  return text.length > 63 ? `${text.slice(0, 60)}...` : text;
}
