// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { IdleFunction } from '#domain/hca/hca.ts';
import { selectsFunction } from '#domain/selection/select-function.ts';
import type { Selector } from '#domain/settings/settings.ts';
import { aResource, aSelector, anHca } from '../../support/hca-fixture.ts';

/** A ConnectX-7 whose RDMA module is not loaded. */
const loaded: IdleFunction = {
  pci: {
    address: '0000:af:00.0',
    vendor: '15b3',
    deviceId: '1021',
    classCode: '020000',
    functionKind: 'pf',
    physicalFunction: null,
  },
  cause: 'module-not-loaded',
  driver: 'mlx5_core',
  rdmaModule: 'mlx5_ib',
  numaNode: 1,
  netdevs: ['ens9f0np0'],
};
/** An Intel network card that may or may not have RDMA: nothing shows it before a driver is bound. */
const unbound: IdleFunction = {
  ...loaded,
  pci: { ...loaded.pci, vendor: '8086', deviceId: '159b' },
  cause: 'no-driver',
  driver: null,
  rdmaModule: null,
  netdevs: [],
};
const infiniband: IdleFunction = { ...loaded, pci: { ...loaded.pci, classCode: '020700' } };
const e810 = anHca(3, { pci: { ...unbound.pci, address: '0000:31:00.0' } });

function selects(idle: IdleFunction, selector: Partial<Selector>, hcas = [anHca(0)]): boolean {
  return selectsFunction(aResource({ selectors: [aSelector(selector)] }), idle, hcas);
}

describe('a PCI function without an RDMA device', () => {
  it.each<[IdleFunction, Partial<Selector>]>([
    [loaded, { vendors: ['15b3'] }],
    [loaded, { drivers: ['mlx5_ib'] }],
    [loaded, { drivers: ['mlx5_core'], numaNodes: ['1'] }],
    [loaded, { ifNames: ['ens9*'] }],
    [loaded, { linkTypes: ['ether'] }],
    [infiniband, { linkTypes: ['infiniband'] }],
    [unbound, { deviceIDs: ['159b'] }],
    [unbound, { pciAddresses: ['0000:af:00.*'] }],
  ])('%# is selected by what it shows: %j', (idle, selector) => {
    expect(selects(idle, selector)).toBe(true);
  });

  it.each<[IdleFunction, Partial<Selector>]>([
    [loaded, { vendors: ['8086'] }],
    [loaded, { rdmaDevices: ['mlx5_*'] }],
    [loaded, { ifNames: ['ens1f0'] }],
    [loaded, { linkTypes: ['infiniband'] }],
    [loaded, { vendors: ['15b3'], functionKinds: ['vf'] }],
    [unbound, { vendors: ['8086'] }],
    [unbound, { ifNames: ['ens9f0np0'] }],
    [unbound, { drivers: ['ice'] }],
  ])('%# is not selected by what it lacks, or may lack by design: %j', (idle, selector) => {
    expect(selects(idle, selector)).toBe(false);
  });

  it('is selected by its vendor if the node has an HCA of the same kind', () => {
    expect(selects(unbound, { vendors: ['8086'] }, [e810])).toBe(true);
  });

  it('is not selected if it is excluded', () => {
    const exclude = [aSelector({ pciAddresses: ['0000:af:*'] })];
    expect(selectsFunction(aResource({ exclude }), loaded, [])).toBe(false);
  });
});
