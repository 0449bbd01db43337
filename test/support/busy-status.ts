// SPDX-License-Identifier: Apache-2.0
import { explain } from '#domain/explanation/explanation.ts';
import { plan } from '#domain/offer/plan.ts';
import { holderStatuses } from '#domain/status/holders.ts';
import type { NodeStatus, ResourceStatus } from '#domain/status/node-status.ts';
import { aResource, aSelector, anHca, anInventory, settingsOf } from './hca-fixture.ts';
import { aStatus } from './status-fixture.ts';
import { sharesOf } from './share-list.ts';

const hcas = [
  ...Array.from({ length: 7 }, (_, index) => anHca(index, { numaNode: index < 4 ? 0 : 1 })),
  anHca(7, { numaNode: 1, deviceNodes: [] }),
  anHca(8, { name: 'mlx5_bond_0', numaNode: null }),
  anHca(9, { name: 'bnxt_re0' }),
];
const rails = aResource({
  name: 'rdma/rail',
  rdmaHcaMax: 16,
  sharing: 'device',
  selectors: [aSelector({ rdmaDevices: ['mlx5_[0-7]'] })],
});
const storage = aResource({
  name: 'rdma/storage',
  rdmaHcaMax: 100,
  selectors: [aSelector({ rdmaDevices: ['mlx5_bond_0'] })],
});
const none = aResource({ name: 'rdma/efa', rdmaHcaMax: 10, selectors: [aSelector({ vendors: ['1d0f'] })] });

/** A node of eight rails and a bond, with pods, one HCA without nodes, a resource without HCAs, and a stale holder. */
export function busyStatus(): NodeStatus {
  const planned = plan(settingsOf(rails, storage, none), anInventory(hcas));
  const { resources, unselected, problems } = explain(planned, { hcas }, [], null);
  const shareIds = (resource: string, from: number, count: number): readonly string[] =>
    sharesOf(planned.offers.find((offer) => offer.resource === resource))
      .slice(from, from + count)
      .map(({ id }) => id);
  const holders = holderStatuses(
    [
      {
        namespace: 'train',
        pod: 'llm-0',
        container: 'main',
        resource: 'rdma/rail',
        shareIds: shareIds('rdma/rail', 0, 4),
      },
      {
        namespace: 'train',
        pod: 'llm-1',
        container: 'main',
        resource: 'rdma/rail',
        shareIds: shareIds('rdma/rail', 20, 1),
      },
      {
        namespace: 'data',
        pod: 'loader',
        container: 'read',
        resource: 'rdma/storage',
        shareIds: shareIds('rdma/storage', 0, 1),
      },
    ],
    planned.offers,
    [],
    (_resource, id) => (id === '0' ? null : '2026-01-02T03:05:00.000Z'),
  );
  return aStatus({
    resources: resources.map(({ share: _share, hcas: explained, ...resource }): ResourceStatus => ({
      ...resource,
      hcas: explained.map(({ share: _contents, ...hca }) => hca),
      registration: resource.resource === 'rdma/efa' ? 'standby' : 'registered',
      since: '2026-01-02T03:04:06.000Z',
      registrations: 2,
      allocations: { granted: 5, refused: 1 },
    })),
    unselected,
    problems,
    holders: holders.map((holder) => ({ ...holder, stale: holder.pod === 'llm-1' ? ['mlx5_1'] : [] })),
    changes: [
      { at: '2026-01-02T03:04:05.100Z', message: 'Settings applied: generation 1, hash 0badcafe.' },
      { at: '2026-01-02T03:04:06.000Z', message: 'rdma/rail was registered.' },
    ],
  });
}
