// SPDX-License-Identifier: Apache-2.0
import type { Hca } from './hca.ts';

/** The link types that the kernel's words for the link layer of a port stand for. `Unknown` stands for none. */
const typesOfLayers: ReadonlyMap<string | null, string> = new Map([
  ['InfiniBand', 'infiniband'],
  ['Ethernet', 'ether'],
]);

/** Returns the link types of an HCA: those of its netdevs, and for ports without one that of their link layer. */
export function linkTypesOf(hca: Hca): readonly string[] {
  return [...new Set([...hca.netdevs.map((netdev) => netdev.linkType), ...linkTypesWithoutNetdev(hca)])];
}

/**
 * Returns the link types of the ports without a netdev. A port has none where ib_ipoib is not loaded, or where the
 * netdev is in another network namespace.
 */
export function linkTypesWithoutNetdev({ ports }: Hca): readonly string[] {
  const bare = ports.filter((port) => port.netdevs.length === 0);
  return bare.map((port) => typesOfLayers.get(port.linkLayer)).filter((type) => type !== undefined);
}
