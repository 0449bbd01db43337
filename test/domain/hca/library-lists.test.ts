// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { Hca, Port } from '#domain/hca/hca.ts';
import { libraryLists } from '#domain/hca/library-lists.ts';
import { anHca } from '../../support/hca-fixture.ts';

const live: Port = {
  number: 1,
  state: 'ACTIVE',
  physState: 'LinkUp',
  linkLayer: 'Ethernet',
  rate: '400 Gb/sec (4X NDR)',
  netdevs: ['eth0'],
};
const dead: Partial<Port> = { state: 'DOWN', physState: 'Disabled', netdevs: [], hasGid: false };

/** An HCA whose ports are numbered in this order. */
function hcaWith(...changes: readonly Partial<Port>[]): Hca {
  return anHca(0, { ports: changes.map((change, index) => ({ ...live, ...change, number: index + 1 })) });
}

describe('the lists for libraries', () => {
  it('name only the ports of a multi-plane HCA that carry traffic', () => {
    const planes = Array.from({ length: 12 }, (_, index) => (index % 3 === 2 ? {} : dead));
    const ports = ['mlx5_0:3', 'mlx5_0:6', 'mlx5_0:9', 'mlx5_0:12'];
    expect(libraryLists([hcaWith(...planes)])).toEqual({ nccl: ports, ucx: ports });
  });

  it.each<[string, Partial<Port>]>([
    ['a RoCE port whose cable is out', { state: 'DOWN', physState: 'Disabled' }],
    ['a RoCE port in RoCE LAG', { netdevs: ['bond0'], state: 'DOWN' }],
    ['a RoCE port whose netdev is in a pod', { netdevs: [], hasGid: true, state: 'DOWN' }],
    ['an active port that names no netdev', { netdevs: [], hasGid: false }],
    ['an InfiniBand port that is down', { linkLayer: 'InfiniBand', netdevs: [], state: 'DOWN' }],
    ['an InfiniBand port that waits for a subnet manager', { linkLayer: 'InfiniBand', netdevs: [], state: 'INIT' }],
    ['a port of EFA', { linkLayer: 'Unspecified', netdevs: [], state: null }],
    ['a port with an unreadable link layer', { linkLayer: null, netdevs: [], state: 'DOWN' }],
  ])('name %s, which may carry traffic in the lifetime of a pod', (_, change) => {
    expect(libraryLists([hcaWith({}, change)]).ucx).toEqual(['mlx5_0:1', 'mlx5_0:2']);
  });

  it.each<[string, Partial<Port>]>([
    ['with an empty GID table', dead],
    ['of a source that does not read the GID table', { state: 'DOWN', netdevs: [] }],
    ['of which nothing can be read', { state: null, netdevs: [] }],
  ])('leave out an Ethernet port without netdev %s', (_, change) => {
    expect(libraryLists([hcaWith(change, {})]).ucx).toEqual(['mlx5_0:2']);
  });

  it('name all ports of an HCA if none looks alive', () => {
    expect(libraryLists([hcaWith(dead, dead), anHca(1)]).ucx).toEqual(['mlx5_0:1', 'mlx5_0:2', 'mlx5_1:1']);
  });

  it.each([
    ['has no uverbs node', anHca(1, { deviceNodes: anHca(1).deviceNodes.filter(({ kind }) => kind !== 'uverbs') })],
    ['is for management only', anHca(1, { name: 'smi1', managementOnly: true, deviceNodes: [] })],
    ['has no ports', anHca(1, { ports: [] })],
  ])('leave out an HCA that %s', (_, hca) => {
    expect(libraryLists([hca])).toEqual({ nccl: [], ucx: [] });
    expect(libraryLists([hca, hcaWith({})]).nccl).toEqual(['mlx5_0:1']);
  });

  it.each([
    [8, 4, 'mlx5_0:1', 32],
    [8, 5, 'mlx5_0', 8],
    [33, 1, 'mlx5_0', 33],
  ])('of %i HCAs with %i ports begin with %s for NCCL, and have %i entries', (hcas, ports, first, length) => {
    const all = Array.from({ length: hcas }, (_, index) => ({
      ...hcaWith(...Array.from({ length: ports }, () => ({}))),
      name: `mlx5_${index}`,
    }));
    const { nccl, ucx } = libraryLists(all);
    expect(nccl[0]).toBe(first);
    expect(nccl).toHaveLength(length);
    expect(ucx).toHaveLength(hcas * ports);
  });
});
