// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type SelectorMismatch, applySelectors } from '#domain/selection/apply-selectors.ts';
import type { Selector } from '#domain/settings/settings.ts';
import type { Hca } from '#domain/hca/hca.ts';
import { aSelector, anHca, anyHcas } from '../../support/hca-fixture.ts';

/** Applies one selector and one exclusion. */
function applyOne(hca: Hca, selector: Selector, exclude = aSelector()): SelectorMismatch | null {
  return applySelectors(hca, { selectors: [selector], exclude: [exclude] });
}

const twoNetdevs = anHca(0, {
  netdevs: [
    { name: 'eth0', linkType: 'ether', up: true },
    { name: 'ib0', linkType: 'infiniband', up: true },
  ],
});
const soft = anHca(1, { pci: null, driver: null, rdmaDriver: null, netdevs: [], ports: [] });
const withoutNetdev = (linkLayer: string): Hca => {
  const hca = anHca(0, { netdevs: [] });
  return { ...hca, ports: hca.ports.map((port) => ({ ...port, linkLayer, netdevs: [] })) };
};
const withNetdevType = (linkType: string): Hca => anHca(0, { netdevs: [{ name: 'eth0', linkType, up: true }] });

const switchdev = anHca(0, { representors: ['eth0_0', 'eth0_1'] });

describe('applySelectors', () => {
  it.each<[string, Partial<Selector>, typeof soft, boolean]>([
    ['selects a listed vendor', { vendors: ['15b3'] }, anHca(0), true],
    ['selects one of several listed vendors', { vendors: ['8086', '15b3'] }, anHca(0), true],
    ['compares IDs exactly', { vendors: ['0x15b3'] }, anHca(0), false],
    ['requires every field that is set to match', { vendors: ['15b3'], deviceIDs: ['1017'] }, anHca(0), false],
    [
      'selects an HCA that matches every field',
      { vendors: ['15b3'], deviceIDs: ['1021'], drivers: ['mlx5_core'] },
      anHca(0),
      true,
    ],
    ['matches any netdev, not only the first', { ifNames: ['ib0'] }, twoNetdevs, true],
    ['matches the link type of any netdev', { linkTypes: ['infiniband'] }, twoNetdevs, true],
    ['matches a representor that is named', { ifNames: ['eth0_1'] }, switchdev, true],
    ['does not match a representor by a pattern', { ifNames: ['eth0_*'] }, switchdev, false],
    ['never matches a vendor without a PCI function', { vendors: ['15b3'] }, soft, false],
    ['never matches a link type without a netdev or port', { linkTypes: ['ether'] }, soft, false],
    [
      'matches the link layer of a port without a netdev',
      { linkTypes: ['infiniband'] },
      withoutNetdev('InfiniBand'),
      true,
    ],
    ['matches Ethernet as ether', { linkTypes: ['ether'] }, withoutNetdev('Ethernet'), true],
    ['matches no link type if the link layer is unknown', { linkTypes: ['ether'] }, withoutNetdev('Unknown'), false],
    ['prefers the netdev of a port to its link layer', { linkTypes: ['ether'] }, withNetdevType('infiniband'), false],
    ['never matches an interface without a netdev', { ifNames: ['eth0'] }, soft, false],
    ['matches an HCA without a netdev by an empty name', { ifNames: [''] }, withoutNetdev('InfiniBand'), true],
    ['matches an HCA without a netdev by an empty link type', { linkTypes: [''] }, withoutNetdev('Ethernet'), true],
    ['matches no HCA with a netdev by an empty name', { ifNames: [''] }, anHca(0), false],
    ['matches no HCA with a netdev by an empty link type', { linkTypes: [''] }, anHca(0), false],
    ['matches an HCA by one of an empty and a given name', { ifNames: ['', 'eth0'] }, twoNetdevs, true],
    ['matches no HCA without a netdev by a pattern', { ifNames: ['*'] }, soft, false],
    ['matches no HCA by an empty driver', { drivers: [''] }, soft, false],
    ['never matches a driver if none is bound', { drivers: ['mlx5_core'] }, soft, false],
    ['matches the RDMA module as a driver', { drivers: ['mlx5_ib'] }, anHca(0), true],
    ['selects a soft device by its RDMA module', { drivers: ['rdma_rxe'] }, { ...soft, rdmaDriver: 'rdma_rxe' }, true],
    ['selects an RDMA device by a pattern', { rdmaDevices: ['mlx5_[0-3]'] }, anHca(0), true],
    ['does not select an RDMA device outside a pattern', { rdmaDevices: ['mlx5_[1-3]'] }, anHca(0), false],
    ['selects an interface by a pattern', { ifNames: ['ib*'] }, twoNetdevs, true],
    ['does not treat an ID as a pattern', { vendors: ['15b*'] }, anHca(0), false],
    ['selects a PCI address', { pciAddresses: ['0000:00:00.0'] }, anHca(0), true],
    ['selects a NUMA node', { numaNodes: ['1'] }, anHca(1), true],
    ['never matches a NUMA node if the kernel reports none', { numaNodes: ['0'] }, anHca(0, { numaNode: null }), false],
    ['compares the kind of function', { functionKinds: ['vf'] }, anHca(0), false],
  ])('%s', (_, selector, hca, selected) => {
    expect(applyOne(hca, aSelector(selector)) === null).toBe(selected);
  });

  it('returns the first field that does not match, with the wanted and found values', () => {
    expect(applyOne(twoNetdevs, aSelector({ vendors: ['15b3'], ifNames: ['eth7', 'eth8'] }))).toEqual({
      selected: false,
      kind: 'not-matched',
      field: 'ifNames',
      wanted: ['eth7', 'eth8'],
      found: ['eth0', 'ib0'],
    });
  });

  it('returns the link type of the port if the netdev of an interface is not visible', () => {
    const selector = aSelector({ ifNames: ['eth0'] });
    expect(applyOne(withoutNetdev('InfiniBand'), selector)).toMatchObject({ portWithoutNetdev: 'infiniband' });
    expect(applyOne(withoutNetdev('Unknown'), selector)).not.toHaveProperty('portWithoutNetdev');
    expect(applyOne(anHca(1), selector)).not.toHaveProperty('portWithoutNetdev');
  });

  it('does not exclude an HCA by its representors', () => {
    expect(applyOne(switchdev, aSelector(), aSelector({ ifNames: ['eth0_1'] }))).toBeNull();
  });

  it('excludes an HCA that matches all fields of an exclusion, and returns the last field', () => {
    const exclude = aSelector({ vendors: ['15b3'], rdmaDevices: ['mlx5_1'] });
    expect(applyOne(anHca(0), aSelector(), exclude)).toBeNull();
    expect(applyOne(anHca(1), aSelector(), exclude)).toEqual({
      selected: false,
      kind: 'excluded',
      field: 'rdmaDevices',
      wanted: ['mlx5_1'],
      found: ['mlx5_1'],
    });
  });

  it('selects an HCA that matches one of several selectors, and otherwise returns the closest mismatch', () => {
    const selectors = [aSelector({ vendors: ['8086'] }), aSelector({ vendors: ['15b3'], rdmaDevices: ['mlx5_1'] })];
    expect(applySelectors(anHca(1), { selectors, exclude: [] })).toBeNull();
    expect(applySelectors(anHca(0), { selectors, exclude: [] })).toMatchObject({
      selected: false,
      field: 'rdmaDevices',
      wanted: ['mlx5_1'],
    });
  });

  it('excludes an HCA that matches any of several exclusions', () => {
    const exclude = [aSelector({ vendors: ['8086'] }), aSelector({ numaNodes: ['1'] })];
    expect(
      [anHca(0), anHca(1)].map((hca) => applySelectors(hca, { selectors: [aSelector()], exclude }) === null),
    ).toEqual([true, false]);
  });

  it('selects every HCA if no field is set, and never more HCAs if a field is added', () => {
    fc.assert(
      fc.property(anyHcas, fc.subarray(['15b3', '8086'], { minLength: 1 }), (hcas, vendors) => {
        for (const hca of hcas) {
          expect(applyOne(hca, aSelector())).toBeNull();
          const narrow = applyOne(hca, aSelector({ vendors, drivers: ['mlx5_core'] })) === null;
          const wide = applyOne(hca, aSelector({ drivers: ['mlx5_core'] })) === null;
          expect(!narrow || wide).toBe(true);
        }
      }),
    );
  });
});
