// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { environmentOf } from '#domain/grant/environment.ts';
import { anHca } from '../../support/hca-fixture.ts';

function variableOf(resource: string): string {
  const names = Object.keys(environmentOf(resource, [anHca(0)]));
  return names.find((name) => name.startsWith('RDMA_SHARED_DP')) ?? '';
}

describe('the variable of a resource', () => {
  it.each([
    ['rdma/hca', 'RDMA_SHARED_DP_RDMA_HCA_HCAS'],
    ['rdma/hca_a', 'RDMA_SHARED_DP_RDMA_HCA_A_HCAS'],
    ['nvidia.com/rail_0', 'RDMA_SHARED_DP_NVIDIA_COM_RAIL_0_HCAS'],
    ['intel.com/e810', 'RDMA_SHARED_DP_INTEL_COM_E810_HCAS'],
  ])('is the name in upper case for %s', (resource, variable) => {
    expect(variableOf(resource)).toBe(variable);
  });

  it.each([
    ['rdma/hca-a', /^RDMA_SHARED_DP_RDMA_HCA_A_[0-9A-F]{8}_HCAS$/],
    ['rdma/mlx5.v', /^RDMA_SHARED_DP_RDMA_MLX5_V_[0-9A-F]{8}_HCAS$/],
    ['rdma/HCA', /^RDMA_SHARED_DP_RDMA_HCA_[0-9A-F]{8}_HCAS$/],
    ['my-fabric.example.com/hca', /^RDMA_SHARED_DP_MY_FABRIC_EXAMPLE_COM_HCA_[0-9A-F]{8}_HCAS$/],
  ])('has a hash for %s', (resource, variable) => {
    expect(variableOf(resource)).toMatch(variable);
  });

  it.each([
    [['rdma/hca-a', 'rdma/hca_a', 'rdma/hca.a', 'rdma/HCA_A']],
    [['a.b/c_d', 'a.b.c/d', 'a/b_c_d', 'a-b/c_d']],
    [['rdma/x_y', 'rdma.x/y', 'rdma-x/y', 'rdma/x-y']],
  ])('differs for %j', (resources) => {
    expect(new Set(resources.map(variableOf)).size).toBe(resources.length);
  });

  it('differs for any two resources, and is a name that a shell can use', () => {
    const word = fc.stringMatching(/^[a-z0-9]([a-zA-Z0-9_.-]{0,3}[a-z0-9])?$/);
    const prefix = fc.stringMatching(/^[ab]([.-][ab]){0,2}$/);
    const resource = fc.tuple(fc.oneof(fc.constant('rdma'), prefix), word).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(resource, { minLength: 2, maxLength: 40 }), (resources) => {
        const variables = resources.map(variableOf);
        expect(new Set(variables).size).toBe(resources.length);
        for (const variable of variables) expect(variable).toMatch(/^[A-Z][A-Z0-9_]*$/);
      }),
    );
  });
});
