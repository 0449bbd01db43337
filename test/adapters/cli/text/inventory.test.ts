// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { inventoryTable } from '#adapters/cli/text/inventory.ts';
import type { Port } from '#domain/hca/hca.ts';
import { anHca, anInventory } from '../../../support/hca-fixture.ts';

describe('the table of HCAs', () => {
  const smi = anHca(1, { name: 'smi1', pci: anHca(0).pci, managementOnly: true, deviceNodes: [] });

  it('has a row for an HCA for management only, and says below it why it has no uverbs', () => {
    const lines = inventoryTable(anInventory([anHca(0), smi, { ...smi, name: 'smi2' }]), false).split('\n');
    expect(lines.filter((line) => line.includes('smi'))).toEqual([
      expect.stringMatching(/^smi1 +0000:00:00\.0 /),
      expect.stringMatching(/^smi2 +0000:00:00\.0 /),
      'For fabric management only, without uverbs by design: smi1, smi2',
    ]);
  });

  it('names below it the PCI functions that look like HCAs and have no RDMA device', () => {
    const pci = {
      vendor: '15b3',
      deviceId: '1021',
      classCode: '020000',
      functionKind: 'pf',
      physicalFunction: null,
    } as const;
    const bare = { cause: 'no-driver', driver: null, rdmaModule: null, numaNode: null, netdevs: [] } as const;
    const idleFunctions = [
      { ...bare, pci: { ...pci, address: '0000:af:00.0' } },
      { ...bare, pci: { ...pci, address: '0000:b0:00.0', vendor: '8086' } },
    ];
    const lines = inventoryTable(anInventory([], { idleFunctions }), false).split('\n');
    expect(lines).toEqual([
      'No RDMA HCAs found.',
      '',
      'RDMA network namespace mode: shared',
      '',
      'PCI function 0000:af:00.0 (15b3:1021) has no driver bound, and therefore no RDMA device.',
      '  Search dmesg for errors of 0000:af:00.0. No action is needed if it is left unbound on purpose.',
      '',
    ]);
  });

  it('has no such line for other HCAs', () => {
    expect(inventoryTable(anInventory([anHca(0)]), true)).not.toContain('management');
  });
});

describe('the ports in the table of HCAs', () => {
  const plain: Port = {
    number: 1,
    state: 'ACTIVE',
    physState: 'LinkUp',
    linkLayer: 'Ethernet',
    rate: '400 Gb/sec (4X NDR)',
    netdevs: [],
  };
  const down = { state: 'DOWN' };
  const infiniband = { linkLayer: 'InfiniBand', rate: '100 Gb/sec (4X EDR)' };

  /** Returns the row of an HCA with these ports; each is numbered by its position unless it has a number. */
  function rowOf(...changes: readonly Partial<Port>[]): string {
    const ports = changes.map((change, index) => ({ ...plain, number: index + 1, ...change }));
    return inventoryTable(anInventory([anHca(0, { ports })]), true).split('\n')[1] ?? '';
  }

  it.each<[string, readonly Partial<Port>[], string]>([
    ['one port', [{}], '1:ACTIVE  Ethernet  400 Gb/sec (4X NDR)  '],
    ['equal ports', [{}, {}, {}, {}], '1-4:ACTIVE  Ethernet  400 Gb/sec (4X NDR)  '],
    [
      'runs of states',
      [down, down, {}, down, {}],
      '1-2:DOWN,3:ACTIVE,4:DOWN,5:ACTIVE  Ethernet  400 Gb/sec (4X NDR)  ',
    ],
    [
      'different link layers and rates',
      [infiniband, infiniband, {}],
      '1-3:ACTIVE  1-2:InfiniBand,3:Ethernet  1-2:100 Gb/sec (4X EDR),3:400 Gb/sec (4X NDR)  ',
    ],
    ['numbers with a gap', [{}, { number: 3 }, { number: 4 }], '1:ACTIVE,3-4:ACTIVE  Ethernet  400 Gb/sec (4X NDR)  '],
    [
      'unreadable values',
      [{}, { state: null, linkLayer: null, rate: null }],
      '1:ACTIVE,2:?  1:Ethernet,2:?  1:400 Gb/sec (4X NDR),2:?  ',
    ],
    ['no ports', [], '-  -  -  '],
  ])('have equal values once: %s', (_, ports, expected) => {
    expect(rowOf(...ports).replaceAll(/ {3,}/g, '  ')).toContain(`0  ${expected}`);
  });

  it('leave a row of an HCA with twelve ports readable', () => {
    const planes = Array.from({ length: 12 }, (_, index) => (index % 3 === 2 ? {} : down));
    expect(rowOf(...planes).length).toBeLessThan(350);
  });
});
