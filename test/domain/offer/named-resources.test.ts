// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Hca } from '#domain/hca/hca.ts';
import { describeVerdict } from '#domain/offer/offer.ts';
import { type Plan, plan } from '#domain/offer/plan.ts';
import { checkResourceName } from '#domain/kubelet-limits/resource-name.ts';
import { judge } from '#domain/selection/judge.ts';
import type { ResourceSettings } from '#domain/settings/settings.ts';
import { aResource, aSelector, anHca, anInventory, anyHcas, settingsOf } from '../../support/hca-fixture.ts';

const four = [anHca(0), anHca(1), anHca(2), anHca(3)];

function templated(form: string, change: Partial<ResourceSettings> = {}): ResourceSettings {
  const name = `rdma/${form}`;
  return aResource({ name, nameTemplate: name, ...change });
}

function resourcesOf({ offers }: Plan): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(offers.map(({ resource, hcas }) => [resource, hcas.map(({ name }) => name)]));
}

function said({ problems }: Plan): readonly string[] {
  return problems.map(({ code, subject, message }) => `${code} ${subject}: ${message}`);
}

describe('a template of names', () => {
  it('makes a resource of each HCA', () => {
    const made = plan(settingsOf(templated('hca_{rdmaDevice}')), anInventory(four.slice(0, 2)));
    expect(resourcesOf(made)).toEqual({ 'rdma/hca_mlx5_0': ['mlx5_0'], 'rdma/hca_mlx5_1': ['mlx5_1'] });
    expect(made.offers.map(({ shares }) => shares.flatMap(({ hcas }) => hcas).join())).toEqual([
      'mlx5_0,mlx5_0,mlx5_0',
      'mlx5_1,mlx5_1,mlx5_1',
    ]);
    expect(made.problems).toEqual([]);
  });

  it('makes one of each NUMA node', () => {
    expect(resourcesOf(plan(settingsOf(templated('numa{numaNode}')), anInventory(four)))).toEqual({
      'rdma/numa0': ['mlx5_0', 'mlx5_2'],
      'rdma/numa1': ['mlx5_1', 'mlx5_3'],
    });
  });

  it('makes one of each rail among the HCAs that it selects, in the order of rails', () => {
    const twelve = Array.from({ length: 12 }, (_, index) => anHca(index));
    const made = plan(
      settingsOf(templated('rail{rail}', { exclude: [aSelector({ rdmaDevices: ['mlx5_0'] })] })),
      anInventory(twelve),
    );
    expect(Object.entries(resourcesOf(made)).at(0)).toEqual(['rdma/rail0', ['mlx5_1']]);
    expect(Object.entries(resourcesOf(made)).at(-1)).toEqual(['rdma/rail10', ['mlx5_11']]);
  });

  it('says of each HCA in which resource it is', () => {
    const made = plan(
      settingsOf(templated('hca_{rdmaDevice}')),
      anInventory([...four.slice(0, 2), anHca(2, { pci: null })]),
    );
    expect(made.offers[0]?.verdicts.map(describeVerdict)).toEqual([
      'mlx5_0: selected',
      'mlx5_1: resourceNameTemplate wanted rdma/hca_mlx5_0, found rdma/hca_mlx5_1',
      'mlx5_2: vendors wanted 15b3, found none',
    ]);
  });

  it('leaves out, and says so, an HCA that lacks a value', () => {
    const made = plan(settingsOf(templated('numa{numaNode}')), anInventory([anHca(0), anHca(1, { numaNode: null })]));
    expect(resourcesOf(made)).toEqual({ 'rdma/numa0': ['mlx5_0'] });
    expect(said(made)).toEqual([
      'RESOURCE_TEMPLATE_HCA_SKIPPED rdma/numa{numaNode}: rdma/numa{numaNode} makes no resource for mlx5_1 (the kernel names no NUMA node of it).',
    ]);
  });

  it.each([
    [
      'a name that the kubelet refuses',
      anHca(1, { name: 'x'.repeat(62) }),
      `mlx5_1`,
      'the kubelet refuses the name rdma/h-xxx',
    ],
    ['a name that ends as no name may', anHca(1, { name: 'odd+' }), 'odd+', 'the kubelet refuses the name rdma/h-odd-'],
  ])('leaves out an HCA that makes %s', (_, odd, __, why) => {
    const made = plan(settingsOf(templated('h-{rdmaDevice}')), anInventory([anHca(0), odd]));
    expect(Object.keys(resourcesOf(made))).toEqual(['rdma/h-mlx5_0']);
    expect(said(made)).toEqual([expect.stringContaining(`makes no resource for ${odd.name} (${why}`)]);
  });

  it('leaves out HCAs whose names only look alike', () => {
    const made = plan(
      settingsOf(templated('{rdmaDevice}')),
      anInventory([anHca(0, { name: 'a+b' }), anHca(1, { name: 'a-b' }), anHca(2)]),
    );
    expect(Object.keys(resourcesOf(made))).toEqual(['rdma/mlx5_2']);
    expect(said(made)).toEqual([expect.stringMatching(/a\+b \(.* the name rdma\/a-b as well\), a-b \(/)]);
  });

  it.each([
    [
      'a resource that is named outright, wherever that stands',
      [templated('{rdmaDevice}'), aResource({ name: 'rdma/mlx5_1' })],
    ],
    [
      'the first of two templates',
      [
        templated('mlx5_{rail}', { selectors: [aSelector({ rdmaDevices: ['mlx5_[01]'] })] }),
        templated('{rdmaDevice}', { selectors: [aSelector({ rdmaDevices: ['mlx5_1'] })] }),
      ],
    ],
  ])('yields a name to %s', (_, resources) => {
    const made = plan(settingsOf(...resources), anInventory(four.slice(0, 2)));
    expect(made.offers.filter(({ resource }) => resource === 'rdma/mlx5_1')).toHaveLength(1);
    expect(said(made)).toContainEqual(
      expect.stringContaining(
        'rdma/{rdmaDevice} makes no resource for mlx5_1 (another resource has the name rdma/mlx5_1)',
      ),
    );
  });

  it('says once that its HCAs are in another resource too', () => {
    const made = plan(settingsOf(templated('{rdmaDevice}'), aResource({ name: 'rdma/all' })), anInventory(four));
    expect(said(made)).toEqual([
      expect.stringContaining(
        'HCA_IN_SEVERAL_RESOURCES rdma/{rdmaDevice}, rdma/all: mlx5_0, mlx5_1, mlx5_2, mlx5_3: offered by each of',
      ),
    ]);
  });

  it('that selects nothing makes nothing, and says why', () => {
    const made = plan(settingsOf(templated('{rdmaDevice}')), anInventory([anHca(0, { pci: null })]));
    expect(made.offers).toEqual([]);
    expect(said(made)).toEqual([
      'RESOURCE_EMPTY rdma/{rdmaDevice}: rdma/{rdmaDevice} has no share to give: no HCA matches its selectors (mlx5_0: vendors wanted 15b3, found none).',
    ]);
  });

  it('offers nothing in exclusive mode', () => {
    const made = plan(settingsOf(templated('{rdmaDevice}')), anInventory(four.slice(0, 1), { netnsMode: 'exclusive' }));
    expect(resourcesOf(made)).toEqual({ 'rdma/mlx5_0': [] });
    expect(made.problems.map(({ code }) => code)).toEqual(['RESOURCE_EMPTY']);
  });
});

describe('a resource whose HCA has gone', () => {
  const settings = settingsOf(
    templated('{rdmaDevice}', { health: { linkDown: 'ignore', holdDownSeconds: 0, forgetAfterSeconds: 100 } }),
  );
  const both = plan(settings, anInventory(four.slice(0, 2)), undefined, 0);
  const gone = plan(settings, anInventory(four.slice(0, 1)), both, 5_000);

  it('stays, with its shares unhealthy', () => {
    expect(
      gone.offers.map(({ resource, shares }) => [resource, shares.map(({ id, healthy }) => `${id} ${healthy}`).join()]),
    ).toEqual([
      ['rdma/mlx5_0', '0 true,1 true,2 true'],
      ['rdma/mlx5_1', '0 false,1 false,2 false'],
    ]);
    expect(said(gone)).toEqual([
      'RESOURCE_EMPTY rdma/mlx5_1: rdma/mlx5_1 has no share to give: no HCA makes its name any more.',
    ]);
    expect(gone.changesAt).toBe(105_000);
  });

  it('is offered no more when its shares are forgotten', () => {
    const late = plan(settings, anInventory(four.slice(0, 1)), gone, 104_999);
    expect(late.offers).toHaveLength(2);
    const later = plan(settings, anInventory(four.slice(0, 1)), late, 105_000);
    expect(resourcesOf(later)).toEqual({ 'rdma/mlx5_0': ['mlx5_0'] });
    expect(later.changesAt).toBeNull();
    expect(later.problems).toEqual([]);
  });

  it('is whole again when the HCA comes back', () => {
    expect(plan(settings, anInventory(four.slice(0, 2)), gone, 6_000).offers).toEqual(both.offers);
  });

  it('goes at once with its template', () => {
    expect(
      plan(settingsOf(templated('x-{rdmaDevice}')), anInventory(four.slice(0, 1)), gone, 6_000).offers.map(
        ({ resource }) => resource,
      ),
    ).toEqual(['rdma/x-mlx5_0']);
  });

  it('counts rails anew where the template selects by other selectors, as a start would', () => {
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

  it('leaves its rail to nobody, for as long as the template stands', () => {
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

describe('the resources of a template, on any node', () => {
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

  it('have each selected HCA in exactly one, or say why it is in none', () => {
    fc.assert(
      fc.property(anyNode, anyTemplate, (hcas, template) => {
        const made = plan(settingsOf(template), anInventory(hcas));
        const leftOut = made.problems
          .filter(({ code }) => code === 'RESOURCE_TEMPLATE_HCA_SKIPPED')
          .map(({ message }) => message)
          .join();
        for (const hca of hcas) {
          const homes = made.offers.filter(({ verdicts }) =>
            verdicts.some((verdict) => verdict.hca === hca.name && verdict.judgement.selected),
          ).length;
          const wanted = judge(hca, template).selected;
          expect(homes).toBe(wanted && !leftOut.includes(` ${hca.name} (`) ? 1 : 0);
        }
      }),
    );
  });

  it('have names that the kubelet takes, each once, and grant no HCA twice', () => {
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
            expect(checkResourceName(prefix, rest)).toEqual({ acceptable: true });
          }
          for (const { name } of templates) {
            const granted = offers
              .filter(({ nameTemplate }) => nameTemplate === name)
              .flatMap((offer) => offer.hcas.map((hca) => hca.name));
            expect(new Set(granted).size).toBe(granted.length);
          }
        },
      ),
    );
  });
});
