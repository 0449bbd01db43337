// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { Hca } from '#domain/hca/hca.ts';
import { identitiesOf } from '#domain/hca/identity.ts';
import { anHca } from '../../support/hca-fixture.ts';

function identities(...hcas: readonly Hca[]): readonly string[] {
  return [...identitiesOf(hcas).values()];
}

const softDevice = { pci: null, nodeGuid: null } as const;

describe('identitiesOf', () => {
  it('identifies an HCA by its PCI address, under any name', () => {
    expect(identities(anHca(0), anHca(1, { name: 'rocep1s0' }))).toEqual(['0000:00:00.0', '0000:01:00.0']);
  });

  it('distinguishes HCAs on one PCI function by their GUIDs', () => {
    const { pci } = anHca(0);
    expect(identities(anHca(0, { pci }), anHca(1, { pci }))).toEqual([
      '0000:00:00.0_0002:c903:00f9:bf00',
      '0000:00:00.0_0002:c903:00f9:bf01',
    ]);
  });

  it('distinguishes HCAs on one PCI function without GUIDs by their names', () => {
    const { pci } = anHca(0);
    const nodeGuid = '0000:0000:0000:0000';
    expect(identities(anHca(0, { pci, nodeGuid }), anHca(1, { pci, nodeGuid }))).toEqual(['mlx5_0', 'mlx5_1']);
  });

  it('identifies an HCA without a PCI function by its GUID, else by its name', () => {
    expect(identities(anHca(0, { pci: null }), anHca(1, { ...softDevice, name: 'rxe0' }))).toEqual([
      '0002:c903:00f9:bf00',
      'rxe0',
    ]);
  });
});
