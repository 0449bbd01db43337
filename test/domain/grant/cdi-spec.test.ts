// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cdiDeviceName, cdiKind, cdiSpecOf } from '#domain/grant/cdi-spec.ts';
import { aResource, anHca, anOffer } from '../../support/hca-fixture.ts';

/** The forms that a runtime of CDI 0.3 takes (CDI SPEC.md, "kind" and "name"). */
const kindForm = /^[a-z0-9][a-z0-9.-]*[a-z0-9]\/[A-Za-z][A-Za-z0-9_-]*[A-Za-z0-9]$/;
const nameForm = /^[A-Za-z][A-Za-z0-9_.:-]*[A-Za-z0-9]$/;

describe('the CDI spec of an offer', () => {
  it('has a device for each HCA, with its nodes', () => {
    const spec = cdiSpecOf(anOffer(aResource(), [anHca(3)]));
    expect(spec.kind).toBe('rdma-shared-dp.io/hca_rdma_hca');
    expect(spec.devices.map(({ name, deviceNodes }) => [name, deviceNodes.length])).toEqual([['hca-mlx5_3', 3]]);
  });

  it('tells resources of different names apart', () => {
    const names = ['rdma/a_b', 'rdma/a.b', 'rdma/a-b', 'rdma.io/a_b', 'rdma-io/a_b', 'rdma/a_b_'];
    expect(new Set(names.map(cdiKind)).size).toBe(names.length);
    expect(names.map(cdiKind).filter((kind) => !kindForm.test(kind))).toEqual([]);
  });

  it('has names that a runtime takes, whatever the HCA is called', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (name) => expect(cdiDeviceName(anHca(0, { name }))).toMatch(nameForm)),
    );
  });
});
