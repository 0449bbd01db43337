// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../hca/hca.ts';
import type { Offer } from '../offer/offer.ts';
import { shortHash } from '../text/short-hash.ts';
import { type ContainerNode, containerNodes } from './container-nodes.ts';

/** One CDI device: what the container runtime adds to a container that names it. */
export interface CdiDevice {
  readonly name: string;
  readonly deviceNodes: readonly ContainerNode[];
}

/** One CDI spec, which is a file on disk. */
export interface CdiSpec {
  /** The full name of the resource. */
  readonly resource: string;
  /** `<vendor>/<class>`; each resource has a kind of its own. */
  readonly kind: string;
  readonly devices: readonly CdiDevice[];
}

/** The vendor part of all kinds of this program. It also identifies the program's files. */
export const cdiVendor = 'rdma-shared-dp.io';

/**
 * Returns the spec of a resource, with one device for each HCA, so that a per-device share can name its own. As in
 * upstream's specs, the runtime creates the nodes, and a container cannot create more with mknod.
 */
export function cdiSpecOf(offer: Offer): CdiSpec {
  const devices = offer.hcas.map((hca) => ({
    name: cdiDeviceName(hca),
    deviceNodes: containerNodes([hca], offer.nodes, 'rw'),
  }));
  return { resource: offer.resource, kind: cdiKind(offer.resource), devices };
}

/**
 * Returns `<vendor>/hca_<prefix>_<name>`. A class has letters, digits, `_` and `-` and begins with a letter (CDI
 * SPEC.md, before 0.6). A name with other characters gets a hash, so that two resources never share a kind.
 */
function cdiKind(resource: string): string {
  const flat = resource.replace('/', '_');
  const sanitized = flat.replace(/[^A-Za-z0-9_-]/g, '_');
  const needsHash = sanitized !== flat || !/[A-Za-z0-9]$/.test(sanitized);
  return `${cdiVendor}/hca_${sanitized}${needsHash ? `_${shortHash(resource)}` : ''}`;
}

/**
 * Returns a device name: it begins with a letter and ends with a letter or digit (CDI SPEC.md, before 0.5). A name with
 * other characters gets a hash, because runtimes reject a spec with two devices of one name.
 */
function cdiDeviceName(hca: Hca): string {
  const name = hca.name.replace(/[^A-Za-z0-9_.:-]/g, '_');
  const needsHash = name !== hca.name || !/[A-Za-z0-9]$/.test(name);
  return `hca-${name}${needsHash ? `_${shortHash(hca.name)}` : ''}`;
}

/** Returns the name by which a runtime finds a device: `<vendor>/<class>=<name>`. */
export function cdiQualifiedName(resource: string, hca: Hca): string {
  return `${cdiKind(resource)}=${cdiDeviceName(hca)}`;
}
