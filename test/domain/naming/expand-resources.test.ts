// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Hca } from '#domain/hca/hca.ts';
import { describeVerdict } from '#domain/offer/words/verdicts.ts';
import { type Plan, plan } from '#domain/offer/plan.ts';
import { checkResourceName } from '#domain/kubelet-limits/resource-name.ts';
import { applySelectors } from '#domain/selection/apply-selectors.ts';
import type { ResourceSettings } from '#domain/settings/settings.ts';
import { aResource, aSelector, anHca, anInventory, anyHcas, settingsOf } from '../../support/hca-fixture.ts';
import { sharesOf } from '../../support/share-list.ts';

const four = [anHca(0), anHca(1), anHca(2), anHca(3)];

function templated(form: string, change: Partial<ResourceSettings> = {}): ResourceSettings {
  const name = `rdma/${form}`;
  return aResource({ name, nameTemplate: name, ...change });
}

function resourcesOf({ offers }: Plan): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(offers.map(({ resource, hcas }) => [resource, hcas.map(({ name }) => name)]));
}

function problemsOf({ problems }: Plan): readonly string[] {
  return problems.map(({ code, subject, message }) => `${code} ${subject}: ${message}`);
}

describe('a resource name template', () => {
  it('makes a resource for each HCA', () => {
    const planned = plan(settingsOf(templated('hca_{rdmaDevice}')), anInventory(four.slice(0, 2)));
    expect(resourcesOf(planned)).toEqual({ 'rdma/hca_mlx5_0': ['mlx5_0'], 'rdma/hca_mlx5_1': ['mlx5_1'] });
    expect(planned.offers.map(({ shares }) => shares.flatMap(({ hcas }) => hcas).join())).toEqual(['mlx5_0', 'mlx5_1']);
    expect(planned.problems).toEqual([]);
  });

  it('makes a resource for each NUMA node', () => {
    expect(resourcesOf(plan(settingsOf(templated('numa{numaNode}')), anInventory(four)))).toEqual({
      'rdma/numa0': ['mlx5_0', 'mlx5_2'],
      'rdma/numa1': ['mlx5_1', 'mlx5_3'],
    });
  });

  it('makes a resource for each rail of the selected HCAs, in the order of rails', () => {
    const twelve = Array.from({ length: 12 }, (_, index) => anHca(index));
    const planned = plan(
      settingsOf(templated('rail{rail}', { exclude: [aSelector({ rdmaDevices: ['mlx5_0'] })] })),
      anInventory(twelve),
    );
    expect(Object.entries(resourcesOf(planned)).at(0)).toEqual(['rdma/rail0', ['mlx5_1']]);
    expect(Object.entries(resourcesOf(planned)).at(-1)).toEqual(['rdma/rail10', ['mlx5_11']]);
  });

  it('lists in the verdicts which resource each HCA is in', () => {
    const planned = plan(
      settingsOf(templated('hca_{rdmaDevice}')),
      anInventory([...four.slice(0, 2), anHca(2, { pci: null })]),
    );
    expect(planned.offers[0]?.verdicts.map((verdict) => describeVerdict(verdict, 'rdma/hca_mlx5_0'))).toEqual([
      'mlx5_0: selected',
      'mlx5_1: in rdma/hca_mlx5_1',
      'mlx5_2: expected vendors 15b3, found none',
    ]);
  });

  it('skips an HCA that lacks a value and reports it', () => {
    const planned = plan(
      settingsOf(templated('numa{numaNode}')),
      anInventory([anHca(0), anHca(1, { numaNode: null })]),
    );
    expect(resourcesOf(planned)).toEqual({ 'rdma/numa0': ['mlx5_0'] });
    expect(problemsOf(planned)).toEqual([
      'RESOURCE_TEMPLATE_HCA_SKIPPED rdma/numa{numaNode}: rdma/numa{numaNode} creates no resource for mlx5_1 (the kernel reports no NUMA node for it).',
    ]);
  });

  it.each([
    [
      'a name that the kubelet rejects as too long',
      anHca(1, { name: 'x'.repeat(62) }),
      `mlx5_1`,
      'the kubelet rejects the name rdma/h-xxx',
    ],
    [
      'a name that ends with an invalid character',
      anHca(1, { name: 'odd+' }),
      'odd+',
      'the kubelet rejects the name rdma/h-odd-',
    ],
  ])('skips an HCA that makes %s', (_, odd, __, reason) => {
    const planned = plan(settingsOf(templated('h-{rdmaDevice}')), anInventory([anHca(0), odd]));
    expect(Object.keys(resourcesOf(planned))).toEqual(['rdma/h-mlx5_0']);
    expect(problemsOf(planned)).toEqual([expect.stringContaining(`creates no resource for ${odd.name} (${reason}`)]);
  });

  it('skips HCAs with different names that become the same resource name', () => {
    const planned = plan(
      settingsOf(templated('{rdmaDevice}')),
      anInventory([anHca(0, { name: 'a+b' }), anHca(1, { name: 'a-b' }), anHca(2)]),
    );
    expect(Object.keys(resourcesOf(planned))).toEqual(['rdma/mlx5_2']);
    expect(problemsOf(planned)).toEqual([expect.stringMatching(/a\+b \(.* the same name rdma\/a-b\), a-b \(/)]);
  });

  it.each([
    [
      'a resource with that resourceName, at any position',
      [templated('{rdmaDevice}'), aResource({ name: 'rdma/mlx5_1' })],
    ],
    [
      'the first of two templates',
      [
        templated('mlx5_{rail}', { selectors: [aSelector({ rdmaDevices: ['mlx5_[01]'] })] }),
        templated('{rdmaDevice}', { selectors: [aSelector({ rdmaDevices: ['mlx5_1'] })] }),
      ],
    ],
  ])('leaves a name to %s', (_, resources) => {
    const planned = plan(settingsOf(...resources), anInventory(four.slice(0, 2)));
    expect(planned.offers.filter(({ resource }) => resource === 'rdma/mlx5_1')).toHaveLength(1);
    expect(problemsOf(planned)).toContainEqual(
      expect.stringContaining(
        'rdma/{rdmaDevice} creates no resource for mlx5_1 (another resource has the name rdma/mlx5_1)',
      ),
    );
  });

  it('reports once that its HCAs are in another resource too', () => {
    const planned = plan(settingsOf(templated('{rdmaDevice}'), aResource({ name: 'rdma/all' })), anInventory(four));
    expect(problemsOf(planned)).toEqual([
      expect.stringContaining('rdma/{rdmaDevice} and rdma/all offer the same HCAs, such as mlx5_0'),
    ]);
  });

  it('makes no resource if it selects no HCA, and reports why', () => {
    const planned = plan(settingsOf(templated('{rdmaDevice}')), anInventory([anHca(0, { pci: null })]));
    expect(planned.offers).toEqual([]);
    expect(problemsOf(planned)).toEqual([
      'RESOURCE_EMPTY rdma/{rdmaDevice}: rdma/{rdmaDevice} has no shares available: no HCA matches its selectors (mlx5_0: expected vendors 15b3, found none).',
    ]);
  });

  it('offers nothing in exclusive mode', () => {
    const planned = plan(
      settingsOf(templated('{rdmaDevice}')),
      anInventory(four.slice(0, 1), { netnsMode: 'exclusive' }),
    );
    expect(resourcesOf(planned)).toEqual({ 'rdma/mlx5_0': [] });
    expect(planned.problems.map(({ code }) => code)).toEqual(['RESOURCE_EMPTY']);
  });
});

describe('a resource of a template', () => {
  const settings = settingsOf(
    templated('{rdmaDevice}', { health: { linkDown: 'ignore', holdDownSeconds: 0, forgetAfterSeconds: 100 } }),
  );
  const both = plan(settings, anInventory(four.slice(0, 2)), undefined, 0);
  const removed = plan(settings, anInventory(four.slice(0, 1)), both, 5_000);

  it('stays with unhealthy shares when its HCA is removed', () => {
    expect(
      removed.offers.map((offer) => [
        offer.resource,
        sharesOf(offer)
          .map(({ id, healthy }) => `${id} ${healthy}`)
          .join(),
      ]),
    ).toEqual([
      ['rdma/mlx5_0', '0 true,1 true,2 true'],
      ['rdma/mlx5_1', '0 false,1 false,2 false'],
    ]);
    expect(problemsOf(removed)).toEqual([
      'RESOURCE_EMPTY rdma/mlx5_1: rdma/mlx5_1 has no shares available: its template no longer produces this name for any HCA.',
    ]);
    expect(removed.changesAt).toBe(105_000);
  });

  it('is no longer offered when its shares are forgotten', () => {
    const late = plan(settings, anInventory(four.slice(0, 1)), removed, 104_999);
    expect(late.offers).toHaveLength(2);
    const later = plan(settings, anInventory(four.slice(0, 1)), late, 105_000);
    expect(resourcesOf(later)).toEqual({ 'rdma/mlx5_0': ['mlx5_0'] });
    expect(later.changesAt).toBeNull();
    expect(later.problems).toEqual([]);
  });

  it('is complete again when the HCA is back', () => {
    expect(plan(settings, anInventory(four.slice(0, 2)), removed, 6_000).offers).toEqual(both.offers);
  });

  it('is dropped together with its template', () => {
    expect(
      plan(settingsOf(templated('x-{rdmaDevice}')), anInventory(four.slice(0, 1)), removed, 6_000).offers.map(
        ({ resource }) => resource,
      ),
    ).toEqual(['rdma/x-mlx5_0']);
  });

  it('gets new rails when the selectors of the template change, as after a restart', () => {
    const excluding = settingsOf(templated('rail{rail}', { exclude: [aSelector({ rdmaDevices: ['mlx5_0'] })] }));
    const before = plan(settingsOf(templated('rail{rail}')), anInventory(four));
    const after = plan(excluding, anInventory(four), before);
    expect(
      after.offers.filter(({ hcas }) => hcas.length > 0).map(({ resource, hcas }) => [resource, hcas[0]?.name]),
    ).toEqual([
      ['rdma/rail0', 'mlx5_1'],
      ['rdma/rail1', 'mlx5_2'],
      ['rdma/rail2', 'mlx5_3'],
    ]);
  });

  it('keeps its rail for its HCA as long as the template is configured', () => {
    const rails = settingsOf(
      templated('rail{rail}', { health: { linkDown: 'ignore', holdDownSeconds: 0, forgetAfterSeconds: 0 } }),
    );
    const before = plan(rails, anInventory(four));
    const after = plan(rails, anInventory(four.slice(1)), plan(rails, anInventory([]), before));
    expect(resourcesOf(after)).toEqual({
      'rdma/rail1': ['mlx5_1'],
      'rdma/rail2': ['mlx5_2'],
      'rdma/rail3': ['mlx5_3'],
    });
  });
});

describe('the name that a template made for an HCA', () => {
  const [old, added] = [anHca(0, { name: 'a+b' }), anHca(1, { name: 'a-b' })];

  it('stays when an HCA appears whose name differs only in characters that a resource name cannot have', () => {
    const settings = settingsOf(templated('{rdmaDevice}'));
    const planned = plan(settings, anInventory([old, added]), plan(settings, anInventory([old])));
    expect(resourcesOf(planned)).toEqual({ 'rdma/a-b': ['a+b'] });
    expect(problemsOf(planned)).toEqual([
      expect.stringContaining('creates no resource for a-b (another HCA with different'),
    ]);
  });

  it('stays when an earlier entry of the settings selects a new HCA for which it makes the same name', () => {
    const settings = settingsOf(
      templated('{numaNode}-{rail}', { selectors: [aSelector({ rdmaDevices: ['a-b'] })] }),
      templated('0-{rail}', { selectors: [aSelector({ rdmaDevices: ['a+b'] })] }),
    );
    const inventory = anInventory([old, anHca(1, { name: 'a-b', numaNode: 0 })]);
    expect(resourcesOf(plan(settings, inventory))).toEqual({ 'rdma/0-0': ['a-b'] });
    expect(resourcesOf(plan(settings, inventory, plan(settings, anInventory([old]))))).toEqual({ 'rdma/0-0': ['a+b'] });
  });

  it('is free again when the selectors of its template change', () => {
    const before = plan(settingsOf(templated('{rdmaDevice}')), anInventory([old]));
    const other = settingsOf(templated('{rdmaDevice}', { exclude: [aSelector({ rdmaDevices: ['a+b'] })] }));
    expect(resourcesOf(plan(other, anInventory([old, added]), before))).toEqual({ 'rdma/a-b': ['a-b'] });
  });
});

describe('the resources of a template on any node', () => {
  const anyForm = fc.constantFrom(
    '{rdmaDevice}',
    'hca_{pciAddress}',
    'numa{numaNode}',
    'rail{rail}',
    '{numaNode}-{rail}',
  );
  const anyNames = fc.array(
    fc.oneof(
      fc.constantFrom('mlx5_0', 'a+b', 'a-b', 'rocep1s0', 'x'.repeat(64), '-'),
      fc.string({ unit: fc.constantFrom('a', 'b', '0', '+', '-', '_', '.', '$', '&'), minLength: 1, maxLength: 5 }),
    ),
    { minLength: 8, maxLength: 8 },
  );
  const anyNode: fc.Arbitrary<readonly Hca[]> = fc.tuple(anyHcas, anyNames).map(([hcas, names]) => {
    const unique = [...new Set(names)];
    return hcas.flatMap((hca, i) =>
      unique[i] === undefined ? [] : [{ ...hca, name: unique[i], numaNode: i % 3 === 2 ? null : i % 3 }],
    );
  });
  const anyTemplate = anyForm.map((form) =>
    templated(form, { sharing: 'device', selectors: [aSelector()], exclude: [aSelector({ rdmaDevices: ['rocep*'] })] }),
  );

  it('include each selected HCA exactly once, or a problem names or counts it', () => {
    fc.assert(
      fc.property(anyNode, anyTemplate, (hcas, template) => {
        const planned = plan(settingsOf(template), anInventory(hcas));
        const homesOf = ({ name }: Hca): number =>
          planned.offers.filter(({ resource, verdicts }) =>
            verdicts.some((one) => one.hca === name && one.selection.selected && one.selection.resource === resource),
          ).length;
        const selected = hcas.filter((hca) => applySelectors(hca, template) === null);
        const homeless = selected.filter((hca) => homesOf(hca) === 0);
        expect(hcas.filter((hca) => homesOf(hca) > (selected.includes(hca) ? 1 : 0))).toEqual([]);
        const problem = planned.problems.find(({ code }) => code === 'RESOURCE_TEMPLATE_HCA_SKIPPED');
        const named = homeless.filter(({ name }) => problem?.message.includes(` ${name} (`));
        const counted = Number(/ and (\d+) more\.$/.exec(problem?.message ?? '')?.[1] ?? 0);
        expect(named.length + counted).toBe(homeless.length);
      }),
    );
  });

  it('have unique names that the kubelet accepts, and share no HCA', () => {
    fc.assert(
      fc.property(
        anyNode,
        fc.uniqueArray(anyTemplate, { selector: ({ name }) => name, maxLength: 3 }),
        (hcas, templates) => {
          const { offers } = plan(settingsOf(...templates, aResource({ name: 'rdma/mlx5_0' })), anInventory(hcas));
          const names = offers.map(({ resource }) => resource);
          expect(new Set(names).size).toBe(names.length);
          for (const name of names) {
            const [prefix = '', rest = ''] = name.split('/');
            expect(checkResourceName(prefix, rest)).toBeNull();
          }
          for (const { name } of templates) {
            const granted = offers
              .filter(({ settings }) => settings.nameTemplate === name)
              .flatMap((offer) => offer.hcas.map((hca) => hca.name));
            expect(new Set(granted).size).toBe(granted.length);
          }
        },
      ),
    );
  });
});
