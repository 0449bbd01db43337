// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { inventoryTable } from '#adapters/cli/inventory-table.ts';
import { anHca, anInventory } from '../../support/hca-fixture.ts';

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
      'PCI function 0000:af:00.0 (15b3:1021) has no driver, and therefore no RDMA device.',
      '  Look for errors of 0000:af:00.0 in dmesg. No action is needed if it is left unbound on purpose.',
      '',
    ]);
  });

  it('has no such line for other HCAs', () => {
    expect(inventoryTable(anInventory([anHca(0)]), true)).not.toContain('management');
  });
});
