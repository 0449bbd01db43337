// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import type { Hca, Inventory } from '#domain/hca/hca.ts';
import type { Offer } from '#domain/offer/offer.ts';
import { plan } from '#domain/offer/plan.ts';
import { settingsDefaults } from '#domain/settings/settings.ts';
import type { ResourceSettings, Selector, Settings } from '#domain/settings/settings.ts';

/** Returns a ConnectX-like RoCE HCA with all its nodes; `index` makes its values unique. */
export function anHca(index: number, change: Partial<Hca> = {}): Hca {
  const hex = index.toString(16).padStart(2, '0');
  return {
    name: `mlx5_${index}`,
    nodeType: 'CA',
    nodeGuid: `0002:c903:00f9:bf${hex}`,
    firmware: '28.41.1000',
    board: 'MT_0000000838',
    pci: {
      address: `0000:${hex}:00.0`,
      vendor: '15b3',
      deviceId: '1021',
      classCode: '020000',
      functionKind: 'pf',
      physicalFunction: null,
    },
    subfunction: null,
    managementOnly: false,
    driver: 'mlx5_core',
    rdmaDriver: 'mlx5_ib',
    numaNode: index % 2,
    ports: [
      {
        number: 1,
        state: 'ACTIVE',
        physState: 'LinkUp',
        linkLayer: 'Ethernet',
        rate: '100 Gb/sec (4X EDR)',
        netdevs: [`eth${index}`],
      },
    ],
    netdevs: [{ name: `eth${index}`, linkType: 'ether', up: true }],
    deviceNodes: [
      { kind: 'uverbs', path: `/dev/infiniband/uverbs${index}`, port: null },
      { kind: 'umad', path: `/dev/infiniband/umad${index}`, port: 1 },
      { kind: 'rdma_cm', path: '/dev/infiniband/rdma_cm', port: null },
    ],
    ...change,
  };
}

export function anInventory(hcas: readonly Hca[], change: Partial<Inventory> = {}): Inventory {
  return { hcas, netnsMode: 'shared', problems: [], ...change };
}

export function aSelector(change: Partial<Selector> = {}): Selector {
  return {
    vendors: [],
    deviceIDs: [],
    drivers: [],
    ifNames: [],
    linkTypes: [],
    rdmaDevices: [],
    pciAddresses: [],
    numaNodes: [],
    functionKinds: [],
    ...change,
  };
}

export function aResource(change: Partial<ResourceSettings> = {}): ResourceSettings {
  const { resource, health, deviceNodes } = settingsDefaults;
  const selectors = [aSelector({ vendors: ['15b3'] })];
  return {
    ...resource,
    name: 'rdma/hca',
    nameTemplate: null,
    rdmaHcaMax: 3,
    selectors,
    exclude: [],
    health,
    deviceNodes,
    ...change,
  };
}

export function settingsOf(...resources: readonly ResourceSettings[]): Settings {
  return { periodicUpdateInterval: 60, setLinksUp: false, resources };
}

/** Nodes with up to eight HCAs, some of which lack what soft or broken devices lack. */
export const anyHcas: fc.Arbitrary<readonly Hca[]> = fc
  .array(fc.record({ pci: fc.boolean(), guid: fc.boolean(), usable: fc.boolean(), samePci: fc.boolean() }), {
    maxLength: 8,
  })
  .map((kinds) => kinds.map((kind, index) => odd(anHca(index), kind)));

function odd(hca: Hca, kind: { pci: boolean; guid: boolean; usable: boolean; samePci: boolean }): Hca {
  const pci =
    hca.pci === null || !kind.pci ? null : { ...hca.pci, address: kind.samePci ? '0000:aa:00.0' : hca.pci.address };
  return {
    ...hca,
    pci,
    nodeGuid: kind.guid ? hca.nodeGuid : '0000:0000:0000:0000',
    deviceNodes: kind.usable ? hca.deviceNodes : [],
  };
}

/** Returns the offer of one resource over these HCAs in a first plan. */
export function anOffer(resource: ResourceSettings, hcas: readonly Hca[]): Offer {
  const [offer] = plan(settingsOf(resource), anInventory(hcas)).offers;
  if (offer === undefined) throw new Error('the plan has no offer');
  return offer;
}
