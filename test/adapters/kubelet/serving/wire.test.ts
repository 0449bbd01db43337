// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { AllocateResponse, ListAndWatchResponse } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { encodeGrant, encodeList } from '#adapters/kubelet/serving/wire.ts';
import type { Grant } from '#domain/grant/grant.ts';
import { largestPoolThatFits, listSizeLimit, poolListSize } from '#domain/kubelet-limits/list-size.ts';
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

describe('the list message', () => {
  it('says Healthy and Unhealthy, and a place only where there is one', () => {
    const bytes = encodeList([share(), share({ id: '1', healthy: false }), share({ id: '2', numaNodes: [0, 1] })]);
    expect(ListAndWatchResponse.decode(bytes).devices).toEqual([
      { ID: '0', health: 'Healthy', topology: null },
      { ID: '1', health: 'Unhealthy', topology: null },
      { ID: '2', health: 'Healthy', topology: { nodes: [{ ID: 0 }, { ID: 1 }] } },
    ]);
  });

  it.each([0, 1, 9, 10, 11, 1_000, 100_001])(
    'of %d pool shares has the size by which settings are refused',
    (count) => {
      expect(encodeList(pool(count))).toHaveLength(poolListSize(count));
    },
  );

  it('of the largest pool that settings allow fits, and of one more does not', () => {
    const largest = largestPoolThatFits();
    expect(encodeList(pool(largest)).length).toBeLessThanOrEqual(listSizeLimit);
    expect(poolListSize(largest + 1)).toBeGreaterThan(listSizeLimit);
  });

  it('that only fits without its unhealthy shares leaves those out', () => {
    const unhealthy = pool(largestPoolThatFits()).map((one, i) => ({ ...one, healthy: i < 3 }));
    expect(ListAndWatchResponse.decode(encodeList(unhealthy)).devices.map(({ ID }) => ID)).toEqual(['0', '1', '2']);
  });
});

describe('the answer to Allocate', () => {
  const grant: Grant = {
    resource: 'rdma/hca',
    deviceNodes: [{ path: '/dev/infiniband/uverbs0', permissions: 'rwm' }],
    cdiDevices: [],
    environment: { NCCL_IB_HCA: '=mlx5_0:1' },
  };

  it('has each node at the same path in the container', () => {
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

  it('names CDI devices in the field and in an annotation that no other resource uses', () => {
    const cdi = { ...grant, deviceNodes: [], cdiDevices: ['v/c=a', 'v/c=b'] };
    const [container] = AllocateResponse.decode(encodeGrant(cdi)).containerResponses;
    expect(container?.cdiDevices).toEqual([{ name: 'v/c=a' }, { name: 'v/c=b' }]);
    expect(container?.annotations).toEqual({ 'cdi.k8s.io/rdma-shared-dp_rdma_hca': 'v/c=a,v/c=b' });
  });

  it('has annotation keys that Kubernetes takes, and different ones for long names', () => {
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

  it('for two containers is the two answers one after the other', () => {
    const both = AllocateResponse.decode(Buffer.concat([encodeGrant(grant), encodeGrant(grant)]));
    expect(both.containerResponses).toHaveLength(2);
  });
});
