// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../hca/hca.ts';
import { type GrantedNode, nodesOf } from '../offer/granted-node.ts';
import type { Offer } from '../offer/offer.ts';
import { shortHash } from '../text/short-hash.ts';

/** One CDI device: what the container runtime adds to a container that names it. */
export interface CdiDevice {
  readonly name: string;
  readonly deviceNodes: readonly GrantedNode[];
}

/** One CDI spec, a file on disk. `kind` is `<vendor>/<class>`; a resource has a kind of its own. */
export interface CdiSpec {
  readonly kind: string;
  readonly devices: readonly CdiDevice[];
}

/** CDI's vendor part of all our kinds, and so the mark by which our files are known. */
export const cdiVendor = 'rdma-shared-dp.io';

/** The spec of a resource: one device for each HCA that it grants, so that a share by device can name its own. */
export function cdiSpecOf(offer: Offer): CdiSpec {
  return {
    kind: cdiKind(offer.resource),
    devices: offer.hcas.map((hca) => ({ name: cdiDeviceName(hca), deviceNodes: nodesOf([hca], offer.nodes) })),
  };
}

/**
 * `<vendor>/hca_<prefix>_<name>`. A class has letters, digits, `_` and `-` and begins with a letter (CDI SPEC.md, before 0.6);
 * a name that had to be bent to that gets a tag, so that two resources never share a kind.
 */
export function cdiKind(resource: string): string {
  const flat = resource.replace('/', '_');
  const bent = flat.replace(/[^A-Za-z0-9_-]/g, '_');
  const needsTag = bent !== flat || !/[A-Za-z0-9]$/.test(bent);
  return `${cdiVendor}/hca_${bent}${needsTag ? `_${shortHash(resource)}` : ''}`;
}

/** A CDI device name begins with a letter and ends with a letter or digit (CDI SPEC.md, before 0.5). */
export function cdiDeviceName(hca: Hca): string {
  const name = hca.name.replace(/[^A-Za-z0-9_.:-]/g, '_');
  return `hca-${name}${/[A-Za-z0-9]$/.test(name) ? '' : '0'}`;
}

/** The name by which a runtime finds a device: `<vendor>/<class>=<name>`. */
export function cdiQualifiedName(resource: string, hca: Hca): string {
  return `${cdiKind(resource)}=${cdiDeviceName(hca)}`;
}
