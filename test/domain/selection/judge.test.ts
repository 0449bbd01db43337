// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judge as validateResource } from '#domain/selection/judge.ts';
import type { Selector } from '#domain/settings/settings.ts';
import type { Hca } from '#domain/hca/hca.ts';
import { aSelector, anHca, anyHcas } from '../../support/hca-fixture.ts';

const judge = (hca: Hca, selector: Selector, exclude = aSelector()): ReturnType<typeof validateResource> =>
  validateResource(hca, { selectors: [selector], exclude: [exclude] });

const twoNetdevs = anHca(0, {
  netdevs: [
    { name: 'eth0', linkType: 'ether', up: true },
    { name: 'ib0', linkType: 'infiniband', up: true },
  ],
});
const soft = anHca(1, { pci: null, driver: null, rdmaDriver: null, netdevs: [] });

describe('judging an HCA by selectors', () => {
  it.each<[string, Partial<Selector>, typeof soft, boolean]>([
    ['takes the vendor that is named', { vendors: ['15b3'] }, anHca(0), true],
    ['takes one of several vendors', { vendors: ['8086', '15b3'] }, anHca(0), true],
    ['compares exactly', { vendors: ['0x15b3'] }, anHca(0), false],
    ['asks for every field that is set', { vendors: ['15b3'], deviceIDs: ['1017'] }, anHca(0), false],
    [
      'takes what matches every field',
      { vendors: ['15b3'], deviceIDs: ['1021'], drivers: ['mlx5_core'] },
      anHca(0),
      true,
    ],
    ['matches the second netdev as well as the first', { ifNames: ['ib0'] }, twoNetdevs, true],
    ['matches the link type of any netdev', { linkTypes: ['infiniband'] }, twoNetdevs, true],
    ['never matches a vendor where there is no PCI function', { vendors: ['15b3'] }, soft, false],
    ['never matches a link type where there is no netdev', { linkTypes: ['ether'] }, soft, false],
    ['never matches an interface where there is no netdev', { ifNames: ['eth0'] }, soft, false],
    ['never matches a driver where none is bound', { drivers: ['mlx5_core'] }, soft, false],
    ['takes the RDMA module for a driver as well', { drivers: ['mlx5_ib'] }, anHca(0), true],
    ['takes a soft device by its RDMA module', { drivers: ['rdma_rxe'] }, { ...soft, rdmaDriver: 'rdma_rxe' }, true],
    ['takes a pattern of RDMA devices', { rdmaDevices: ['mlx5_[0-3]'] }, anHca(0), true],
    ['leaves what a pattern of RDMA devices does not take', { rdmaDevices: ['mlx5_[1-3]'] }, anHca(0), false],
    ['takes a pattern of interfaces', { ifNames: ['ib*'] }, twoNetdevs, true],
    ['takes no pattern where ids are wanted', { vendors: ['15b*'] }, anHca(0), false],
    ['takes a PCI address', { pciAddresses: ['0000:00:00.0'] }, anHca(0), true],
    ['takes a NUMA node', { numaNodes: ['1'] }, anHca(1), true],
    [
      'never matches a NUMA node where the kernel knows none',
      { numaNodes: ['0'] },
      anHca(0, { numaNode: null }),
      false,
    ],
    ['takes a kind of function', { functionKinds: ['vf'] }, anHca(0), false],
  ])('%s', (_, selector, hca, selected) => {
    expect(judge(hca, aSelector(selector)).selected).toBe(selected);
  });

  it('says which field turned an HCA away, what it wanted and what it found', () => {
    expect(judge(twoNetdevs, aSelector({ vendors: ['15b3'], ifNames: ['eth7', 'eth8'] }))).toEqual({
      selected: false,
      excluded: false,
      field: 'ifNames',
      wanted: ['eth7', 'eth8'],
      found: ['eth0', 'ib0'],
    });
  });

  it('turns away what is excluded by all of its fields, and says by which', () => {
    const exclude = aSelector({ vendors: ['15b3'], rdmaDevices: ['mlx5_1'] });
    expect(judge(anHca(0), aSelector(), exclude).selected).toBe(true);
    expect(judge(anHca(1), aSelector(), exclude)).toEqual({
      selected: false,
      excluded: true,
      field: 'rdmaDevices',
      wanted: ['mlx5_1'],
      found: ['mlx5_1'],
    });
  });

  it('takes what one of several selectors takes, and names the one that came nearest for what none takes', () => {
    const selectors = [aSelector({ vendors: ['8086'] }), aSelector({ vendors: ['15b3'], rdmaDevices: ['mlx5_1'] })];
    expect(validateResource(anHca(1), { selectors, exclude: [] }).selected).toBe(true);
    expect(validateResource(anHca(0), { selectors, exclude: [] })).toMatchObject({
      selected: false,
      field: 'rdmaDevices',
      wanted: ['mlx5_1'],
    });
  });

  it('turns away what any of several exceptions matches', () => {
    const exclude = [aSelector({ vendors: ['8086'] }), aSelector({ numaNodes: ['1'] })];
    expect(
      [anHca(0), anHca(1)].map((hca) => validateResource(hca, { selectors: [aSelector()], exclude }).selected),
    ).toEqual([true, false]);
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
