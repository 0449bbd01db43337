// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { AllocateResponse } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { encodeGrant } from '#adapters/kubelet/serving/wire.ts';
import type { Grant } from '#domain/grant/grant.ts';

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
