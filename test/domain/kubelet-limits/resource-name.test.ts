// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { checkResourceName } from '#domain/kubelet-limits/resource-name.ts';

const accepted = [
  ['rdma', 'hca_shared_devices_a'],
  ['rdma', 'hca'],
  ['nvidia.com', 'hca.a'],
  ['rdma', 'hca-a'],
  ['rdma', 'x'.repeat(63)],
  ['p'.repeat(244), 'hca'],
  ['requests', 'hca'],
  ['rdma', '0'],
] as const;

const rejected = [
  ['RDMA', 'hca', 'prefix'],
  ['my_org', 'hca', 'prefix'],
  ['', 'hca', 'prefix'],
  ['a..b', 'hca', 'prefix'],
  ['-a', 'hca', 'prefix'],
  ['p'.repeat(245), 'hca', 'prefix'],
  ['rdma/a', 'b', 'prefix'],
  ['foo.kubernetes.io', 'x', 'prefix'],
  ['xkubernetes.io', 'y', 'prefix'],
  ['requests.foo', 'x', 'prefix'],
  ['deviceclass.resource.kubernetes.io', 'foo', 'prefix'],
  ['rdma', '-x', 'name'],
  ['rdma', 'x_', 'name'],
  ['rdma', 'x'.repeat(64), 'name'],
  ['rdma', 'a/b', 'name'],
  ['rdma', '', 'name'],
  ['rdma', 'a b', 'name'],
  ['rdma', 'hca\n', 'name'],
] as const;

describe('checkResourceName', () => {
  it.each(accepted)('accepts %s/%s', (prefix, name) => {
    expect(checkResourceName(prefix, name)).toBeNull();
  });

  it.each(rejected)('rejects %s/%s because of its %s', (prefix, name, part) => {
    expect(checkResourceName(prefix, name)).toMatchObject({
      part,
      reason: expect.stringMatching(/\w/),
      allowed: expect.stringMatching(/letters, digits/),
    });
  });
});
