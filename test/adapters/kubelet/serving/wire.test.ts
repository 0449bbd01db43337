// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { AllocateResponse, ListAndWatchResponse } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { encodeGrant, encodeList } from '#adapters/kubelet/serving/wire.ts';
import type { Grant } from '#domain/grant/grant.ts';
import { largestPoolThatFits, listSize, listSizeLimit, poolSeries } from '#domain/kubelet-limits/list-size.ts';
import type { Share } from '#domain/offer/share.ts';
import { aResource, anHca, anOffer } from '../../../support/hca-fixture.ts';

const share = (change: Partial<Share> = {}): Share => ({
  id: '0',
  healthy: true,
  numaNodes: [],
  hcas: ['mlx5_0'],
  ...change,
});
const pool = (count: number): readonly Share[] => anOffer(aResource({ rdmaHcaMax: count }), [anHca(0)]).shares;

describe('encodeList', () => {
  it('encodes the health of each share, and its topology only if it is known', () => {
    const { message } = encodeList([
      share(),
      share({ id: '1', healthy: false }),
      share({ id: '2', numaNodes: [0, 1] }),
    ]);
    expect(ListAndWatchResponse.decode(message).devices).toEqual([
      { ID: '0', health: 'Healthy', topology: null },
      { ID: '1', health: 'Unhealthy', topology: null },
      { ID: '2', health: 'Healthy', topology: { nodes: [{ ID: 0 }, { ID: 1 }] } },
    ]);
  });

  it.each([0, 1, 9, 10, 11, 1_000, 100_001])(
    'encodes %d pool shares in the size that the settings validation computes',
    (count) => {
      expect(encodeList(pool(count)).message).toHaveLength(listSize(poolSeries, count));
    },
  );

  it('fits the largest pool that the settings allow, but not one share more', () => {
    const largest = largestPoolThatFits();
    expect(encodeList(pool(largest)).message.length).toBeLessThanOrEqual(listSizeLimit);
    expect(listSize(poolSeries, largest + 1)).toBeGreaterThan(listSizeLimit);
  });

  it('omits the unhealthy shares, and counts them, if the list is too long with them', () => {
    const unhealthy = pool(largestPoolThatFits()).map((one, i) => ({ ...one, healthy: i < 3 }));
    const { message, omitted } = encodeList(unhealthy);
    expect(ListAndWatchResponse.decode(message).devices.map(({ ID }) => ID)).toEqual(['0', '1', '2']);
    expect(omitted).toBe(unhealthy.length - 3);
  });
});

describe('encodeGrant', () => {
  const grant: Grant = {
    resource: 'rdma/hca',
    hcas: ['mlx5_0'],
    deviceNodes: [{ path: '/dev/infiniband/uverbs0', permissions: 'rwm' }],
    cdiDevices: [],
    environment: { NCCL_IB_HCA: '=mlx5_0:1' },
  };

  it('puts each device node at the same path in the container', () => {
    expect(AllocateResponse.decode(encodeGrant(grant)).containerResponses).toEqual([
      {
        envs: { NCCL_IB_HCA: '=mlx5_0:1' },
        mounts: [],
        annotations: {},
        cdiDevices: [],
        devices: [
          { containerPath: '/dev/infiniband/uverbs0', hostPath: '/dev/infiniband/uverbs0', permissions: 'rwm' },
        ],
      },
    ]);
  });

  it('names CDI devices in the field and in an annotation of the resource', () => {
    const cdi = { ...grant, deviceNodes: [], cdiDevices: ['v/c=a', 'v/c=b'] };
    const [container] = AllocateResponse.decode(encodeGrant(cdi)).containerResponses;
    expect(container?.cdiDevices).toEqual([{ name: 'v/c=a' }, { name: 'v/c=b' }]);
    expect(container?.annotations).toEqual({ 'cdi.k8s.io/rdma-shared-dp_rdma_hca': 'v/c=a,v/c=b' });
  });

  it('gives long resource names different annotation keys that are valid in Kubernetes', () => {
    const keys = ['a', 'b'].map((last) => {
      const resource = `example.com/${'x'.repeat(62)}${last}`;
      const [container] = AllocateResponse.decode(
        encodeGrant({ ...grant, resource, deviceNodes: [], cdiDevices: ['v/c=a'] }),
      ).containerResponses;
      return Object.keys(container?.annotations ?? {})[0] ?? '';
    });
    expect(keys.every((key) => /^cdi\.k8s\.io\/[A-Za-z0-9][A-Za-z0-9_.-]{0,61}[A-Za-z0-9]$/.test(key))).toBe(true);
    expect(new Set(keys).size).toBe(2);
  });

  it('gives answers that can be concatenated for several containers', () => {
    const both = AllocateResponse.decode(Buffer.concat([encodeGrant(grant), encodeGrant(grant)]));
    expect(both.containerResponses).toHaveLength(2);
  });
});
