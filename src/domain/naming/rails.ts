// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../hca/hca.ts';

/**
 * The PCI addresses of the physical functions of all HCAs that a resource has selected so far, in PCI order. The rail
 * of an HCA is the index of its address, counted from 0.
 */
export type RailOrder = readonly string[];

/**
 * Adds the rails of the HCAs selected now. An HCA that was removed keeps its rail, so that no other HCA gets its number
 * while pods run. A new HCA increases the rails of those after it.
 */
export function updateRails(before: RailOrder, selected: readonly Hca[]): RailOrder {
  const addresses = selected.map(physicalAddress).filter((address) => address !== null);
  return [...new Set([...before, ...addresses])].toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

/** Returns the rail of each HCA by its name; an HCA without a PCI function has none. */
export function railsByHca(order: RailOrder, hcas: readonly Hca[]): ReadonlyMap<string, number> {
  const places = new Map(order.map((address, place) => [address, place]));
  const rails = new Map<string, number>();
  for (const hca of hcas) {
    const rail = places.get(physicalAddress(hca) ?? '');
    if (rail !== undefined) rails.set(hca.name, rail);
  }
  return rails;
}

/** A virtual function is on the rail of its physical function, because it uses the same port. */
function physicalAddress({ pci }: Hca): string | null {
  return pci === null ? null : (pci.physicalFunction ?? pci.address);
}

/** PCI domains have four digits or more (`10000:01:00.0` behind a VMD). */
function sortKey(address: string): string {
  return address.padStart('ffffffff:ff:1f.7'.length, '0');
}
