// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../hca/hca.ts';
import { type Problem, createProblem } from '../problem/problem.ts';

/**
 * The PCI addresses of the physical functions of all HCAs that a resource has selected so far: those of the first plan
 * in PCI order, then those that came later. The rail of an HCA is the index of its address, counted from 0.
 */
export type RailOrder = readonly string[];

/**
 * Adds the rails of the HCAs selected now. No HCA ever gets a number that another one has or had, so that a rail means
 * the same HCA while pods run: an HCA that was removed keeps its rail, and a new one gets the next number.
 */
export function updateRails(before: RailOrder, selected: readonly Hca[]): RailOrder {
  const addresses = selected.map(physicalAddress).filter((address) => address !== null);
  const known = new Set(before);
  return [...before, ...sorted([...new Set(addresses)].filter((address) => !known.has(address)))];
}

/** Returns a problem if the rails of a template differ from those that it would have after a restart. */
export function checkRailOrder(template: string, order: RailOrder): readonly Problem[] {
  const inOrder = sorted(order);
  if (!template.includes('{rail}') || order.every((address, place) => address === inOrder[place])) return [];
  return [
    createProblem('RESOURCE_TEMPLATE_RAILS_UNORDERED', {
      subject: template,
      message:
        `The rails of ${template} are not in PCI order, because an HCA appeared after the start: ` +
        `${order.map((address, rail) => `${rail} is ${address}`).join(', ')}.`,
      remedy: 'Restart the plugin on this node while no pod uses the resources, or use {pciAddress} instead.',
    }),
  ];
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

function sorted(addresses: readonly string[]): readonly string[] {
  return addresses.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

/** PCI domains have four digits or more (`10000:01:00.0` behind a VMD). */
function sortKey(address: string): string {
  return address.padStart('ffffffff:ff:1f.7'.length, '0');
}
