// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cdiQualifiedName, cdiSpecOf } from '#domain/grant/cdi-spec.ts';
import { aResource, anHca, anOffer } from '../../support/hca-fixture.ts';

/** The forms that a runtime with CDI 0.3 accepts (CDI SPEC.md, "kind" and "name"). */
const kindForm = /^[a-z0-9][a-z0-9.-]*[a-z0-9]\/[A-Za-z][A-Za-z0-9_-]*[A-Za-z0-9]$/;
const nameForm = /^[A-Za-z][A-Za-z0-9_.:-]*[A-Za-z0-9]$/;

describe('cdiSpecOf', () => {
  it('returns a device with its nodes for each HCA', () => {
    const spec = cdiSpecOf(anOffer(aResource(), [anHca(3)]));
    expect(spec.kind).toBe('rdma-shared-dp.io/hca_rdma_hca');
    expect(spec.devices.map(({ name, deviceNodes }) => [name, deviceNodes.length])).toEqual([['hca-mlx5_3', 3]]);
    expect(new Set(spec.devices.flatMap((device) => device.deviceNodes.map((node) => node.permissions)))).toEqual(
      new Set(['rw']),
    );
  });

  it('gives each resource a kind of its own', () => {
    const names = ['rdma/a_b', 'rdma/a.b', 'rdma/a-b', 'rdma.io/a_b', 'rdma-io/a_b', 'rdma/a_b_'];
    const kinds = names.map((name) => cdiSpecOf(anOffer(aResource({ name }), [])).kind);
    expect(new Set(kinds).size).toBe(names.length);
    expect(kinds.filter((kind) => !kindForm.test(kind))).toEqual([]);
  });

  it('gives devices names that a runtime accepts, for any HCA name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (hca) => {
        const offer = anOffer(aResource(), [anHca(0, { name: hca })]);
        const [name = ''] = cdiSpecOf(offer).devices.map((device) => device.name);
        expect(name).toMatch(nameForm);
        expect(cdiQualifiedName('rdma/hca', anHca(0, { name: hca }))).toBe(`rdma-shared-dp.io/hca_rdma_hca=${name}`);
      }),
    );
  });
});
