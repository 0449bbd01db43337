// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { Hca } from '#domain/hca/hca.ts';
import { type Identities, noIdentities, updateIdentities } from '#domain/hca/identity.ts';
import { anHca } from '../../support/hca-fixture.ts';

/** Returns the identities after the last of these inventories, by the names of its HCAs. */
function identities(...inventories: readonly (readonly Hca[])[]): Readonly<Record<string, string>> {
  const last = inventories.reduce<Identities>(updateIdentities, noIdentities);
  return Object.fromEntries(last.byHca);
}

const { pci } = anHca(0);
const address = '0000:00:00.0';
const noGuid = '0000:0000:0000:0000';
const guid1 = '0002:c903:00f9:bf01';

describe('the identity of an HCA', () => {
  it('is its PCI address, under any name', () => {
    expect(identities([anHca(0), anHca(1, { name: 'rocep1s0' })])).toEqual({
      mlx5_0: address,
      rocep1s0: '0000:01:00.0',
    });
  });

  it('is the number of a subfunction on its PCI function, whether that has an HCA of its own or not', () => {
    const subfunction = anHca(1, { pci, subfunction: 88, nodeGuid: noGuid });
    expect(identities([subfunction])).toEqual({ mlx5_1: `${address}_sf88` });
    expect(identities([subfunction, anHca(0)])).toEqual({ mlx5_1: `${address}_sf88`, mlx5_0: address });
  });

  it.each([
    ['its GUID', guid1, guid1],
    ['its name, if it has no GUID', noGuid, 'mlx5_1'],
  ])('on a PCI function that another HCA has is longer by %s', (_, nodeGuid, end) => {
    expect(identities([anHca(1, { pci, nodeGuid }), anHca(0)])).toEqual({
      mlx5_0: address,
      mlx5_1: `${address}_${end}`,
    });
  });

  it('is longer for an HCA for management only, whatever its name', () => {
    const management = anHca(1, { pci, name: 'a0', nodeGuid: anHca(0).nodeGuid, managementOnly: true });
    expect(identities([management, anHca(0)])).toEqual({ mlx5_0: address, a0: `${address}_0002:c903:00f9:bf00` });
  });

  it('is numbered for HCAs that have everything in common', () => {
    const { nodeGuid } = anHca(0);
    const same = [2, 0, 1].map((index) => anHca(index, { pci, nodeGuid }));
    expect(identities(same)).toEqual({
      mlx5_0: address,
      mlx5_1: `${address}_0002:c903:00f9:bf00`,
      mlx5_2: `${address}_0002:c903:00f9:bf00_2`,
    });
  });

  it('does not depend on names if several HCAs on one PCI function have GUIDs', () => {
    const named = (first: string, second: string): readonly string[] => {
      const start = [anHca(0, { name: first }), anHca(1, { pci, name: second })];
      return start.map(({ name }) => identities(start)[name] ?? '');
    };
    expect(named('z9', 'a0')).toEqual([address, `${address}_${guid1}`]);
    expect(named('a0', 'z9')).toEqual(named('z9', 'a0'));
  });

  it('is its GUID without a PCI function, else its name', () => {
    expect(identities([anHca(0, { pci: null }), anHca(1, { pci: null, nodeGuid: null, name: 'rxe0' })])).toEqual({
      mlx5_0: '0002:c903:00f9:bf00',
      rxe0: 'rxe0',
    });
  });

  it('stays when another HCA with a lower name appears on the PCI function, and when that disappears', () => {
    const first = anHca(3, { pci });
    const both = [anHca(1, { pci }), first];
    expect(identities([first], both)).toEqual({ mlx5_3: address, mlx5_1: `${address}_${guid1}` });
    expect(identities([first], both, [first])).toEqual({ mlx5_3: address });
  });

  it('stays when the HCA that had the address disappears, and when it is back under another name', () => {
    const second = anHca(1, { pci });
    const start = [anHca(0), second];
    expect(identities(start, [second])).toEqual({ mlx5_1: `${address}_${guid1}` });
    expect(identities(start, [second], [second, anHca(0, { name: 'rocep0s0' })])).toEqual({
      mlx5_1: `${address}_${guid1}`,
      rocep0s0: address,
    });
  });

  it.each([
    ['its GUID is set', { nodeGuid: noGuid }, {}],
    ['it is renamed before its GUID is set', { nodeGuid: noGuid }, { nodeGuid: noGuid, name: 'rocep0s0' }],
    ['it is renamed', {}, { name: 'rocep0s0' }],
  ])('stays when %s', (_, before, after) => {
    expect(Object.values(identities([anHca(0, before)], [anHca(0, after)]))).toEqual([address]);
  });

  it('is not given to a device with another GUID while its HCA is gone', () => {
    const other = anHca(1, { pci });
    expect(identities([anHca(0)], [other])).toEqual({ mlx5_1: `${address}_${guid1}` });
    expect(identities([anHca(0)], [other], [other, anHca(0)])).toEqual({
      mlx5_0: address,
      mlx5_1: `${address}_${guid1}`,
    });
  });

  it('is remembered for at most 1,024 HCAs that are absent', () => {
    const names = Array.from({ length: 3_000 }, (_, index) => [
      anHca(0, { name: `siw${index}`, pci: null, nodeGuid: null }),
    ]);
    const last = names.reduce<Identities>(updateIdentities, noIdentities);
    expect(last.known).toHaveLength(1_025);
    expect(last.known[1]?.identity).toBe('siw2998');
  });
});
