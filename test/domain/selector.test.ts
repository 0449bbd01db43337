// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judge } from '#domain/selector.ts';
import type { Selector } from '#domain/settings.ts';
import { aSelector, anHca, anyHcas } from '../support/an-hca.ts';

const twoNetdevs = anHca(0, {
  netdevs: [
    { name: 'eth0', linkType: 'ether', up: true },
    { name: 'ib0', linkType: 'infiniband', up: true },
  ],
});
const soft = anHca(1, { pci: null, driver: null, netdevs: [] });

describe('judging an HCA by selectors', () => {
  it.each<[string, Partial<Selector>, typeof soft, boolean]>([
    ['takes the vendor that is named', { vendors: ['15b3'] }, anHca(0), true],
    ['takes one of several vendors', { vendors: ['8086', '15b3'] }, anHca(0), true],
    ['compares exactly', { vendors: ['0x15b3'] }, anHca(0), false],
    ['asks for every field that is set', { vendors: ['15b3'], deviceIDs: ['1017'] }, anHca(0), false],
    ['takes what matches every field', { vendors: ['15b3'], deviceIDs: ['1021'], drivers: ['mlx5_core'] }, anHca(0), true],
    ['matches the second netdev as well as the first', { ifNames: ['ib0'] }, twoNetdevs, true],
    ['matches the link type of any netdev', { linkTypes: ['infiniband'] }, twoNetdevs, true],
    ['never matches a vendor where there is no PCI function', { vendors: ['15b3'] }, soft, false],
    ['never matches a link type where there is no netdev', { linkTypes: ['ether'] }, soft, false],
    ['never matches an interface where there is no netdev', { ifNames: ['eth0'] }, soft, false],
    ['never matches a driver where none is bound', { drivers: ['mlx5_core'] }, soft, false],
  ])('%s', (_, selector, hca, selected) => {
    expect(judge(hca, aSelector(selector)).selected).toBe(selected);
  });

  it('says which field turned an HCA away, what it wanted and what it found', () => {
    expect(judge(twoNetdevs, aSelector({ vendors: ['15b3'], ifNames: ['eth7', 'eth8'] }))).toEqual({
      selected: false,
      field: 'ifNames',
      wanted: ['eth7', 'eth8'],
      found: ['eth0', 'ib0'],
    });
  });

  it('takes every HCA when no field is set, and never more when a field is added', () => {
    fc.assert(
      fc.property(anyHcas, fc.subarray(['15b3', '8086'], { minLength: 1 }), (hcas, vendors) => {
        for (const hca of hcas) {
          expect(judge(hca, aSelector()).selected).toBe(true);
          const narrow = judge(hca, aSelector({ vendors, drivers: ['mlx5_core'] })).selected;
          const wide = judge(hca, aSelector({ drivers: ['mlx5_core'] })).selected;
          expect(!narrow || wide).toBe(true);
        }
      }),
    );
  });
});
