// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { Hca } from '#domain/hca/hca.ts';
import { followRails, railOf } from '#domain/offer/rails.ts';
import { anHca } from '../../support/hca-fixture.ts';

function at(address: string, physicalFunction: string | null = null): Hca {
  const { pci } = anHca(0);
  return anHca(0, { name: address, pci: pci === null ? null : { ...pci, address, physicalFunction } });
}

function places(hcas: readonly Hca[], before: readonly string[] = []): readonly (number | null)[] {
  const rails = followRails(before, hcas);
  return hcas.map((hca) => railOf(rails, hca));
}

describe('rails', () => {
  it('are counted from 0 in PCI order, whatever the order of names is', () => {
    expect(places([at('0000:9a:00.0'), at('0000:1a:00.1'), at('0000:1a:00.0')])).toEqual([2, 1, 0]);
  });

  it('order PCI domains by their number', () => {
    expect(places([at('10000:01:00.0'), at('0001:e1:00.0'), at('0000:e1:00.0')])).toEqual([2, 1, 0]);
  });

  it('are those of the physical functions, whose ports virtual ones use', () => {
    expect(
      places([
        at('0000:1a:00.2', '0000:1a:00.0'),
        at('0000:3b:00.2', '0000:3b:00.0'),
        at('0000:3b:00.3', '0000:3b:00.0'),
      ]),
    ).toEqual([0, 1, 1]);
  });

  it('do not move when an HCA goes, and it finds its own when it comes back', () => {
    const [first, second, third] = [at('0000:1a:00.0'), at('0000:3b:00.0'), at('0000:5c:00.0')];
    const all = followRails([], [first, second, third]);
    expect(places([second, third], all)).toEqual([1, 2]);
    expect(places([first, second, third], followRails(all, [second]))).toEqual([0, 1, 2]);
  });

  it('move for an HCA that is new and stands before them', () => {
    const [first, second] = [at('0000:1a:00.0'), at('0000:3b:00.0')];
    expect(places([first, second], followRails([], [second]))).toEqual([0, 1]);
  });

  it('have no place for an HCA without a PCI function', () => {
    expect(places([anHca(0, { pci: null }), at('0000:1a:00.0')])).toEqual([null, 0]);
  });
});
