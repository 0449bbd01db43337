// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { Hca } from '#domain/hca/hca.ts';
import { checkRailOrder, railsByHca, updateRails } from '#domain/naming/rails.ts';
import { anHca } from '../../support/hca-fixture.ts';

function at(address: string, physicalFunction: string | null = null): Hca {
  const { pci } = anHca(0);
  return anHca(0, { name: address, pci: pci === null ? null : { ...pci, address, physicalFunction } });
}

function railsOf(hcas: readonly Hca[], before: readonly string[] = []): readonly (number | null)[] {
  const rails = railsByHca(updateRails(before, hcas), hcas);
  return hcas.map((hca) => rails.get(hca.name) ?? null);
}

describe('rails', () => {
  it('are numbered from 0 in PCI order, for any order of names', () => {
    expect(railsOf([at('0000:9a:00.0'), at('0000:1a:00.1'), at('0000:1a:00.0')])).toEqual([2, 1, 0]);
  });

  it('order PCI domains by their number', () => {
    expect(railsOf([at('10000:01:00.0'), at('0001:e1:00.0'), at('0000:e1:00.0')])).toEqual([2, 1, 0]);
  });

  it('are those of the physical functions, which share their ports with virtual functions', () => {
    expect(
      railsOf([
        at('0000:1a:00.2', '0000:1a:00.0'),
        at('0000:3b:00.2', '0000:3b:00.0'),
        at('0000:3b:00.3', '0000:3b:00.0'),
      ]),
    ).toEqual([0, 1, 1]);
  });

  it('do not change when an HCA is removed, and it has its own rail again when it is back', () => {
    const [first, second, third] = [at('0000:1a:00.0'), at('0000:3b:00.0'), at('0000:5c:00.0')];
    const all = updateRails([], [first, second, third]);
    expect(railsOf([second, third], all)).toEqual([1, 2]);
    expect(railsOf([first, second, third], updateRails(all, [second]))).toEqual([0, 1, 2]);
  });

  it('do not change when HCAs with lower PCI addresses appear, which get the next numbers in PCI order', () => {
    const [first, second, third] = [at('0000:1a:00.0'), at('0000:3b:00.0'), at('0000:5c:00.0')];
    expect(railsOf([first, second, third], updateRails([], [third]))).toEqual([1, 2, 0]);
  });

  it.each([
    ['rdma/rail{rail}', ['0000:3b:00.0', '0000:1a:00.0'], ['0 is 0000:3b:00.0, 1 is 0000:1a:00.0']],
    ['rdma/rail{rail}', ['0000:3b:00.0', '10000:1a:00.0'], []],
    ['rdma/hca_{pciAddress}', ['0000:3b:00.0', '0000:1a:00.0'], []],
  ])('of %s at %j that are not in PCI order are a problem', (template, order, expected) => {
    expect(checkRailOrder(template, order).map(({ message }) => message)).toEqual(
      expected.map((rails) => expect.stringContaining(rails)),
    );
  });

  it('do not include an HCA without a PCI function', () => {
    expect(railsOf([anHca(0, { pci: null }), at('0000:1a:00.0')])).toEqual([null, 0]);
  });
});
