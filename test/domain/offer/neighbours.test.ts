// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Hca } from '#domain/hca/hca.ts';
import { type Plan, plan } from '#domain/offer/plan.ts';
import type { ResourceSettings } from '#domain/settings/settings.ts';
import { aResource, aSelector, anHca, anInventory, settingsOf } from '../../support/hca-fixture.ts';
import { sharesOf as sharesIn } from '../../support/share-list.ts';

/** HCAs on few PCI functions, with few GUIDs and names, so that most have something in common. */
const anyHca: fc.Arbitrary<Hca> = fc
  .record({
    index: fc.nat(2),
    name: fc.constantFrom('mlx5_0', 'mlx5_1', 'mlx5_10', 'ibp1s0', 'smi1'),
    isSoft: fc.boolean(),
    guid: fc.constantFrom(null, '0000:0000:0000:0000', '0002:c903:00f9:bf00', '0002:c903:00f9:bf01'),
    subfunction: fc.constantFrom(null, null, 88),
    managementOnly: fc.boolean(),
    hasNodes: fc.boolean(),
  })
  .map(({ index, name, isSoft, guid, subfunction, managementOnly, hasNodes }) => {
    const { pci, deviceNodes } = anHca(index);
    const nodes = deviceNodes.filter(({ kind }) => kind !== 'uverbs' || !managementOnly);
    return anHca(index, {
      name,
      pci: isSoft ? null : pci,
      nodeGuid: guid,
      subfunction,
      managementOnly,
      deviceNodes: hasNodes ? nodes : [],
    });
  });

const anyInventory = fc.uniqueArray(anyHca, { selector: ({ name }) => name, maxLength: 6 });

function entry(name: string, change: Partial<ResourceSettings> = {}): ResourceSettings {
  const nameTemplate = name.includes('{') ? name : null;
  return aResource({ name, nameTemplate, sharing: 'device', rdmaHcaMax: 2, selectors: [aSelector()], ...change });
}

const umad = { required: ['umad'], optional: [], extra: [] } as const;
const settings = settingsOf(
  entry('rdma/all'),
  entry('rdma/opensm', { deviceNodes: umad }),
  entry('rdma/{rdmaDevice}'),
  entry('rdma/rail{rail}'),
  entry('rdma/{numaNode}-{rail}', { deviceNodes: umad }),
  // Makes the names of the entry above too.
  entry('rdma/0-{rail}'),
);

/** Returns resource, ID and health of each share that grants the HCA. */
function sharesOf(hca: Hca, { offers }: Plan): readonly string[] {
  return offers.flatMap((offer) =>
    sharesIn(offer)
      .filter(({ hcas }) => hcas.includes(hca.name))
      .map(({ id, healthy, numaNodes }) => `${offer.resource} ${id} ${healthy} ${numaNodes.join()}`),
  );
}

describe('the shares of an HCA', () => {
  it('keep resource, ID, health and number while any other RDMA device is added, removed, renamed or moved', () => {
    fc.assert(
      fc.property(anyHca, fc.array(fc.tuple(anyInventory, fc.nat(6)), { minLength: 2, maxLength: 5 }), (hca, steps) => {
        let before: Plan | undefined;
        let expected: readonly string[] | null = null;
        for (const [others, position] of steps) {
          const inventory = others.filter(({ name }) => name !== hca.name).toSpliced(position, 0, hca);
          before = plan(settings, anInventory(inventory), before);
          expected ??= sharesOf(hca, before);
          expect(sharesOf(hca, before)).toEqual(expected);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are the same after a restart for any order of the inventory', () => {
    fc.assert(
      fc.property(anyInventory, (hcas) => {
        const [one, other] = [hcas, hcas.toReversed()].map((order) => plan(settings, anInventory(order)));
        if (one === undefined || other === undefined) throw new Error('no plan');
        for (const hca of hcas) expect(sharesOf(hca, other)).toEqual(sharesOf(hca, one));
      }),
    );
  });
});

describe('an HCA for management only', () => {
  const smi = anHca(1, {
    name: 'smi1',
    pci: anHca(0).pci,
    managementOnly: true,
    deviceNodes: [{ kind: 'umad', path: '/dev/infiniband/umad1', port: 1 }],
  });
  const inventory = anInventory([anHca(0), smi]);

  it('is in no resource that requires uverbs, without a problem', () => {
    const planned = plan(settingsOf(aResource({ sharing: 'device' })), inventory);
    expect(sharesIn(planned.offers[0]).map(({ id, healthy }) => [id.slice(9), healthy])).toEqual([
      ['0000:00:00.0-0', true],
      ['0000:00:00.0-1', true],
      ['0000:00:00.0-2', true],
    ]);
    expect(planned.problems).toEqual([]);
  });

  it('makes no resource of a template that requires uverbs', () => {
    const planned = plan(settingsOf(entry('rdma/dev_{rdmaDevice}')), inventory);
    expect(planned.offers.map(({ resource }) => resource)).toEqual(['rdma/dev_mlx5_0']);
    expect(planned.problems).toEqual([]);
  });

  it('is offered where the required kinds do not include uverbs', () => {
    const planned = plan(settingsOf(entry('rdma/opensm', { deviceNodes: umad })), anInventory([smi]));
    expect(sharesIn(planned.offers[0]).map(({ hcas, healthy }) => [hcas, healthy])).toEqual([
      [['smi1'], true],
      [['smi1'], true],
    ]);
  });

  it('is named as the reason if a resource selects no other', () => {
    const [problem] = plan(settingsOf(entry('rdma/all')), anInventory([smi])).problems;
    expect(problem?.message).toContain(
      'smi1: a device for fabric management (SMI), which has no uverbs node and is for no application',
    );
  });
});
