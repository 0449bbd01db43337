// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../hca/hca.ts';

/**
 * The rails of one resource: the addresses of the physical PCI functions of all HCAs that it has selected so far, in PCI order. A
 * rail is a place in this list, counted from 0.
 */
export type Rails = readonly string[];

/**
 * The rails with those of the HCAs selected now. What went keeps its place, so that no rail moves to another HCA while pods run; a
 * function that is new moves those behind it.
 */
export function followRails(before: Rails, selected: readonly Hca[]): Rails {
  const addresses = selected.map(physicalAddress).filter((address) => address !== null);
  return [...new Set([...before, ...addresses])].toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

/** The rail of an HCA; null for one without a PCI function. Virtual functions are on the rail of their physical one, whose port they use. */
export function railOf(rails: Rails, hca: Hca): number | null {
  const address = physicalAddress(hca);
  const place = address === null ? -1 : rails.indexOf(address);
  return place === -1 ? null : place;
}

function physicalAddress({ pci }: Hca): string | null {
  return pci === null ? null : (pci.physicalFunction ?? pci.address);
}

/** PCI domains have four digits or more (`10000:01:00.0` behind a VMD). */
function sortKey(address: string): string {
  return address.padStart('ffffffff:ff:1f.7'.length, '0');
}
