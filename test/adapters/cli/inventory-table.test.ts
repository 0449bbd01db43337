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

  it('has no such line for other HCAs', () => {
    expect(inventoryTable(anInventory([anHca(0)]), true)).not.toContain('management');
  });
});
