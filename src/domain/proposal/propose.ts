// SPDX-License-Identifier: Apache-2.0
import { groupBy } from '../collections/group-by.ts';
import type { Hca } from '../hca/hca.ts';
import { linkTypesOf } from '../hca/link-types.ts';
import { applySelectors } from '../selection/apply-selectors.ts';
import type { Selector } from '../settings/settings.ts';

/** A resource that would offer some HCAs of a node. */
export interface ProposedResource {
  readonly resourceName: string;
  readonly hcas: readonly Hca[];
  /** Selects exactly these HCAs of the node. Only fields that are set. */
  readonly selectors: Partial<Selector>;
  readonly exclude: Partial<Selector> | null;
  /** Whether each share stands for one HCA: for several HCAs that are alike. */
  readonly perDevice: boolean;
}

/** How many shares a proposed resource has: for each HCA, or for all. */
export const proposedShares = { perDevice: 8, pool: 63 } as const;

/**
 * Proposes resources for the HCAs of a node. HCAs that are alike share a resource: the same vendor, device and kind of
 * function, the same link type, in a bond or not. HCAs for management only, and soft devices beside hardware, are left
 * out.
 */
export function proposeResources(hcas: readonly Hca[]): readonly ProposedResource[] {
  const usable = hcas.filter((hca) => !hca.managementOnly);
  const hardware = usable.filter(({ pci }) => pci !== null);
  const groups = [...groupBy(hardware.length > 0 ? hardware : usable, kindOf).values()];
  const names = namesOf(groups);
  return groups.map((group, index) => {
    const { selectors, exclude } = selectionOf(group, hcas);
    return { resourceName: names[index] ?? 'hca', hcas: group, selectors, exclude, perDevice: group.length > 1 };
  });
}

function kindOf(hca: Hca): string {
  const { pci } = hca;
  return [pci?.vendor, pci?.deviceId, pci?.functionKind, linkTypesOf(hca).join(), isBond(hca), softDriver(hca)].join();
}

function softDriver({ pci, rdmaDriver }: Hca): string | null {
  return pci === null ? rdmaDriver : null;
}

/** A bond is the netdev of an HCA beside those of its ports, or in their place. */
function isBond({ name, netdevs }: Hca): boolean {
  return name.includes('bond') || netdevs.some((netdev) => netdev.name.startsWith('bond'));
}

/** Names after the link type, and after the vendor where that is not enough. */
function namesOf(groups: readonly (readonly Hca[])[]): readonly string[] {
  const plain = groups.map((group) => nameOf(group[0]));
  const withDriver = groups.map((group, i) =>
    countOf(plain, plain[i]) > 1 ? `${plain[i]}_${driverOf(group[0])}` : plain[i],
  );
  return withDriver.map((name, i) => {
    const earlier = withDriver.slice(0, i).filter((other) => other === name).length;
    return earlier === 0 ? (name ?? 'hca') : `${name}_${earlier + 1}`;
  });
}

function countOf(names: readonly string[], name: string | undefined): number {
  return names.filter((other) => other === name).length;
}

function nameOf(hca: Hca | undefined): string {
  if (hca === undefined) return 'hca';
  const { driver, nodeType, pci } = hca;
  const kind =
    driver === 'efa'
      ? 'efa'
      : nodeType === 'RNIC'
        ? 'iwarp'
        : linkTypesOf(hca).includes('infiniband')
          ? 'ib'
          : linkTypesOf(hca).includes('ether')
            ? 'roce'
            : 'hca';
  return `${kind}${isBond(hca) ? '_bond' : ''}${pci?.functionKind === 'vf' ? '_vf' : ''}`;
}

function driverOf(hca: Hca | undefined): string {
  return (hca?.driver ?? hca?.rdmaDriver ?? 'soft').replaceAll(/\W/g, '_');
}

interface Selection {
  readonly selectors: Partial<Selector>;
  readonly exclude: Partial<Selector> | null;
}

/** Tries selectors from those that hold on every node of a kind to those that hold on this node only. */
function selectionOf(group: readonly Hca[], all: readonly Hca[]): Selection {
  const others = all.filter((hca) => !group.includes(hca));
  const foreignBonds = others.filter(isBond).flatMap(({ netdevs }) => netdevs.map(({ name }) => name));
  const exclude = foreignBonds.length > 0 ? { ifNames: unique(foreignBonds) } : null;
  const candidates: readonly Selection[] = candidatesFor(group).flatMap((selectors) =>
    exclude === null
      ? [{ selectors, exclude: null }]
      : [
          { selectors, exclude: null },
          { selectors, exclude },
        ],
  );
  const exact = candidates.find((candidate) => all.every((hca) => selects(candidate, hca) === group.includes(hca)));
  return exact ?? { selectors: { rdmaDevices: group.map(({ name }) => name) }, exclude: null };
}

function candidatesFor(group: readonly Hca[]): readonly Partial<Selector>[] {
  const valuesOf = (read: (hca: Hca) => readonly (string | null | undefined)[]): readonly string[] =>
    unique(group.flatMap(read).filter((value) => typeof value === 'string'));
  const vendors = valuesOf(({ pci }) => [pci?.vendor]);
  const linkTypes = valuesOf(linkTypesOf);
  const deviceIDs = valuesOf(({ pci }) => [pci?.deviceId]);
  const functionKinds = valuesOf(({ pci }) => [pci?.functionKind]);
  const ifNames = valuesOf(({ netdevs }) => netdevs.map(({ name }) => name));
  const candidates: readonly Partial<Selector>[] = [
    ...(group.some(isBond) ? [{ ifNames }] : []),
    { vendors, linkTypes },
    { vendors, linkTypes, functionKinds },
    { vendors, deviceIDs, linkTypes },
    { vendors, deviceIDs, linkTypes, functionKinds },
    { drivers: valuesOf(({ driver, rdmaDriver }) => [driver ?? rdmaDriver]) },
  ];
  return candidates.filter((selector) => Object.values(selector).every((values) => values.length > 0));
}

function selects({ selectors, exclude }: Selection, hca: Hca): boolean {
  return (
    applySelectors(hca, { selectors: [whole(selectors)], exclude: exclude === null ? [] : [whole(exclude)] }) === null
  );
}

function whole(selector: Partial<Selector>): Selector {
  return { ...noSelector, ...selector };
}

const noSelector: Selector = {
  vendors: [],
  deviceIDs: [],
  drivers: [],
  ifNames: [],
  linkTypes: [],
  rdmaDevices: [],
  pciAddresses: [],
  numaNodes: [],
  functionKinds: [],
};

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
