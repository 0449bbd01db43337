// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeVerdict } from '#domain/offer/offer.ts';
import { plan } from '#domain/offer/plan.ts';
import { aResource, aSelector, anHca, anInventory, anyHcas, settingsOf } from '../../support/hca-fixture.ts';

const settings = settingsOf(aResource());
const three = anInventory([anHca(0), anHca(1), anHca(2)]);
const nothing = anInventory([]);

function healthOf(shares: readonly { id: string; healthy: boolean }[]): string {
  return shares.map((share) => `${share.id}${share.healthy ? '+' : '-'}`).join(' ');
}

describe('the plan', () => {
  it('offers each resource the shares of the HCAs that it selects', () => {
    const intel = aResource({ name: 'rdma/intel', selectors: [aSelector({ vendors: ['8086'] })] });
    const made = plan(settingsOf(aResource(), intel), three);
    expect(
      made.offers.map(({ resource, shares, hcas }) => [resource, healthOf(shares), hcas.map(({ name }) => name)]),
    ).toEqual([
      ['rdma/hca', '0+ 1+ 2+', ['mlx5_0', 'mlx5_1', 'mlx5_2']],
      ['rdma/intel', '', []],
    ]);
  });

  it('gives the shares of an HCA that has a uverbs node and no other', () => {
    const bare = anHca(0, { deviceNodes: [{ kind: 'uverbs', path: '/dev/infiniband/uverbs0', port: null }] });
    const [offer] = plan(settings, anInventory([bare])).offers;
    expect([healthOf(offer?.shares ?? []), offer?.hcas.map(({ name }) => name)]).toEqual(['0+ 1+ 2+', ['mlx5_0']]);
  });

  it('may give one HCA to two resources, and says so', () => {
    const made = plan(settingsOf(aResource(), aResource({ name: 'rdma/again' })), three);
    expect(made.offers.every((offer) => offer.hcas.length === 3)).toBe(true);
    expect(made.problems).toMatchObject([
      {
        code: 'HCA_IN_SEVERAL_RESOURCES',
        subject: 'rdma/hca, rdma/again',
        message: expect.stringMatching(/^mlx5_0, mlx5_1, mlx5_2: offered by each/),
      },
    ]);
  });

  it.each([
    ['no HCA is there', settings, nothing, 'this node has no RDMA device'],
    ['no HCA is selected', settings, anInventory([anHca(0, { pci: null })]), 'mlx5_0: vendors wanted 15b3, found none'],
    [
      'the selected HCA has no uverbs node',
      settings,
      anInventory([anHca(0, { deviceNodes: [] })]),
      'no selected HCA can be used (mlx5_0: selected, but it has no uverbs node)',
    ],
    ['no share is asked for', settingsOf(aResource({ rdmaHcaMax: 0 })), three, 'its rdmaHcaMax is 0'],
    [
      'the network namespace mode is exclusive',
      settings,
      anInventory(three.hcas, { netnsMode: 'exclusive' }),
      'exclusive network namespace mode',
    ],
  ])('says why a resource is empty when %s', (_, asked, inventory, why) => {
    const made = plan(asked, inventory);
    expect(made.offers[0]?.shares).toEqual([]);
    expect(made.offers[0]?.whyEmpty).toContain(why);
    expect(made.problems.map((problem) => [problem.code, problem.subject])).toEqual([['RESOURCE_EMPTY', 'rdma/hca']]);
    expect(made.problems[0]?.message).toContain(why);
  });

  it('says it of HCAs that are alike at once, and of many without all their names', () => {
    const many = Array.from({ length: 70 }, (_, index) => anHca(index));
    const other = anHca(70, { pci: null });
    const made = plan(
      settingsOf(aResource({ selectors: [aSelector({ vendors: ['8086'] })] })),
      anInventory([...many, other]),
    );
    expect(made.offers[0]?.whyEmpty).toBe(
      'no HCA matches its selectors (mlx5_0, mlx5_1, mlx5_2, mlx5_3, mlx5_4, mlx5_5, mlx5_6, mlx5_7 and 62 more: vendors wanted 8086, found 15b3; mlx5_70: vendors wanted 8086, found none)',
    );
  });

  it('keeps shares that were offered in the list, unhealthy, when their HCAs have gone', () => {
    const gone = plan(settings, nothing, plan(settings, three));
    expect(healthOf(gone.offers[0]?.shares ?? [])).toBe('0- 1- 2-');
    expect(healthOf(plan(settings, three, gone).offers[0]?.shares ?? [])).toBe('0+ 1+ 2+');
  });

  it('keeps them through any number of empty scans, and when the number of shares shrinks', () => {
    const gone = plan(settings, nothing, plan(settings, nothing, plan(settings, three)));
    expect(healthOf(gone.offers[0]?.shares ?? [])).toBe('0- 1- 2-');
    const fewer = plan(settingsOf(aResource({ rdmaHcaMax: 1 })), three, gone);
    expect(healthOf(fewer.offers[0]?.shares ?? [])).toBe('0+ 1- 2-');
  });

  it('forgets a resource that is no longer configured', () => {
    const other = settingsOf(aResource({ name: 'rdma/other' }));
    expect(plan(other, three, plan(settings, three)).offers.map(({ resource }) => resource)).toEqual(['rdma/other']);
  });

  it('passes on what discovery found wrong', () => {
    const problem = { code: 'X', actor: 'node', subject: 's', message: 'm', remedy: 'r' } as const;
    expect(plan(settings, anInventory([anHca(0)], { problems: [problem] })).problems).toEqual([problem]);
  });

  it('names the netdevs of selected HCAs that are down, once each, and only when asked to raise them', () => {
    const down = anHca(0, { netdevs: [{ name: 'eth0', linkType: 'ether', up: false }] });
    const unknown = anHca(1, { netdevs: [{ name: 'eth1', linkType: 'ether', up: null }] });
    const inventory = anInventory([down, unknown, anHca(2)]);
    const twice = settingsOf(aResource(), aResource({ name: 'rdma/b' }));
    expect(plan({ ...twice, setLinksUp: true }, inventory).linksToRaise).toEqual(['eth0']);
    expect(plan(twice, inventory).linksToRaise).toEqual([]);
  });

  it('never offers an id twice, never loses one, and is the same when it is made again', () => {
    fc.assert(
      fc.property(
        fc.array(anyHcas, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('pool' as const, 'device' as const),
        (worlds, sharing) => {
          const asked = settingsOf(aResource({ sharing }));
          let before = plan(asked, nothing);
          for (const hcas of worlds) {
            const now = plan(asked, anInventory(hcas), before);
            const ids = (now.offers[0]?.shares ?? []).map((share) => share.id);
            expect(new Set(ids).size).toBe(ids.length);
            expect(before.offers[0]?.shares.every((share) => ids.includes(share.id))).toBe(true);
            expect(plan(asked, anInventory(hcas), now)).toEqual(now);
            before = now;
          }
        },
      ),
    );
  });
});

describe('a verdict in words', () => {
  it('says what was wanted and what was found', () => {
    const [offer] = plan(settingsOf(aResource({ selectors: [aSelector({ ifNames: ['ib0', 'ib1'] })] })), three).offers;
    expect(offer?.verdicts.map(describeVerdict)[1]).toBe('mlx5_1: ifNames wanted ib0 or ib1, found eth1');
  });
});
