// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Hca } from '#domain/hca/hca.ts';
import { describeVerdict } from '#domain/offer/words/verdicts.ts';
import { describeEmptyReason } from '#domain/offer/words/empty-resource.ts';
import type { Offer } from '#domain/offer/offer.ts';
import { type Plan, plan } from '#domain/offer/plan.ts';
import { aResource, aSelector, anHca, anInventory, anyHcas, settingsOf } from '../../support/hca-fixture.ts';
import { sharesOf } from '../../support/share-list.ts';

const settings = settingsOf(aResource());
const three = anInventory([anHca(0), anHca(1), anHca(2)]);
const nothing = anInventory([]);

/** An HCA whose port has no visible netdev. */
function withoutNetdev(linkLayer: string): Hca {
  const hca = anHca(0, { netdevs: [] });
  return { ...hca, ports: hca.ports.map((port) => ({ ...port, linkLayer, netdevs: [] })) };
}

function healthOf(offer: Offer | undefined): string {
  return sharesOf(offer)
    .map((share) => `${share.id}${share.healthy ? '+' : '-'}`)
    .join(' ');
}

function whyEmpty({ offers: [offer] }: Plan): string {
  const reason = offer?.emptyReason ?? null;
  return reason === null ? 'not empty' : describeEmptyReason(reason);
}

describe('an HCA without device nodes', () => {
  const perDevice = settingsOf(aResource({ sharing: 'device', rdmaHcaMax: 1 }));
  const without = (index: number, deviceNodes: Hca['deviceNodes'] = []): Hca => anHca(index, { deviceNodes });
  const sharesAfter = (...scans: readonly (readonly Hca[])[]): string => {
    const plans = scans.reduce<readonly Plan[]>(
      (all, hcas) => [...all, plan(perDevice, anInventory(hcas), all.at(-1))],
      [],
    );
    return healthOf(plans.at(-1)?.offers[0]).replaceAll(/\w{8}-0000:0|:00\.0-0/g, '');
  };

  it('has no shares if it appeared after the start, at each scan until it has a node', () => {
    expect(sharesAfter([anHca(0)], [anHca(0), without(1)], [anHca(0), without(1)])).toBe('0+');
    expect(sharesAfter([anHca(0)], [anHca(0), without(1)], [anHca(0), anHca(1)])).toBe('0+ 1+');
  });

  it('is not completed by rdma_cm, which belongs to the host', () => {
    const cm = { kind: 'rdma_cm', path: '/dev/infiniband/rdma_cm', port: null } as const;
    expect(sharesAfter([anHca(0)], [anHca(0), without(1, [cm])])).toBe('0+');
  });

  it('has unhealthy shares if it was there at the start, or had nodes before', () => {
    expect(sharesAfter([anHca(0), without(1)], [anHca(0), without(1)])).toBe('0+ 1-');
    expect(sharesAfter([anHca(0), anHca(1)], [anHca(0), without(1)])).toBe('0+ 1-');
  });
});

describe('plan', () => {
  it('offers each resource the shares of the HCAs that it selects', () => {
    const intel = aResource({ name: 'rdma/intel', selectors: [aSelector({ vendors: ['8086'] })] });
    const planned = plan(settingsOf(aResource(), intel), three);
    expect(
      planned.offers.map((offer) => [offer.resource, healthOf(offer), offer.hcas.map(({ name }) => name)]),
    ).toEqual([
      ['rdma/hca', '0+ 1+ 2+', ['mlx5_0', 'mlx5_1', 'mlx5_2']],
      ['rdma/intel', '', []],
    ]);
  });

  it('offers the shares of an HCA that has only a uverbs node', () => {
    const bare = anHca(0, { deviceNodes: [{ kind: 'uverbs', path: '/dev/infiniband/uverbs0', port: null }] });
    const [offer] = plan(settings, anInventory([bare])).offers;
    expect([healthOf(offer), offer?.hcas.map(({ name }) => name)]).toEqual(['0+ 1+ 2+', ['mlx5_0']]);
  });

  it('keeps the shares of an HCA whose netdev has moved into the network namespace of a pod', () => {
    const wanted = { ...settingsOf(aResource({ selectors: [aSelector({ ifNames: ['eth0'] })] })), setLinksUp: true };
    const planned = plan(wanted, anInventory([withoutNetdev('Ethernet')]), plan(wanted, anInventory([anHca(0)])));
    expect(healthOf(planned.offers[0])).toBe('0+ 1+ 2+');
    expect(planned.linksToRaise).toEqual([]);
  });

  it.each([
    ['Ethernet', "(its network interface may be in a pod's network namespace)"],
    ['InfiniBand', "(ib_ipoib may not be loaded, or its network interface may be in a pod's network namespace)"],
  ])('says why the netdev may be missing that a selector wants (%s)', (linkLayer, reason) => {
    const wanted = settingsOf(aResource({ selectors: [aSelector({ ifNames: ['eth0'] })] }));
    expect(whyEmpty(plan(wanted, anInventory([withoutNetdev(linkLayer)])))).toContain(`found none ${reason}`);
  });

  it('offers one HCA in two resources and reports the overlap', () => {
    const planned = plan(settingsOf(aResource(), aResource({ name: 'rdma/again' })), three);
    expect(planned.offers.every((offer) => offer.hcas.length === 3)).toBe(true);
    expect(planned.problems).toMatchObject([
      {
        code: 'HCA_IN_SEVERAL_RESOURCES',
        subject: 'rdma/hca, rdma/again',
        message: 'rdma/hca and rdma/again offer the same HCAs, such as mlx5_0; their share counts are independent.',
      },
    ]);
  });

  it.each([
    ['the node has no HCA', settings, nothing, 'this node has no RDMA device', 'Load the driver'],
    [
      'no HCA is selected',
      settings,
      anInventory([anHca(0, { pci: null })]),
      'mlx5_0: expected vendors 15b3, found none',
      'If mlx5_0 is meant, correct selectors.vendors',
    ],
    [
      'the selected HCA has no uverbs node',
      settings,
      anInventory([anHca(0, { deviceNodes: [] })]),
      'no selected HCA is usable (mlx5_0: selected, but it has no uverbs node)',
      'modprobe ib_uverbs',
    ],
    ['rdmaHcaMax is 0', settingsOf(aResource({ rdmaHcaMax: 0 })), three, 'its rdmaHcaMax is 0', 'Set rdmaHcaMax'],
    [
      'the network namespace mode is exclusive',
      settings,
      anInventory(three.hcas, { netnsMode: 'exclusive' }),
      'exclusive network namespace mode',
      'Run "rdma system set netns shared"',
    ],
    [
      'no HCA is selected by a name with the word exclusive in it',
      settingsOf(aResource({ selectors: [aSelector({ ifNames: ['exclusive0'] })] })),
      three,
      'expected ifNames exclusive0',
      'If these HCAs are meant, correct selectors.ifNames',
    ],
  ])('reports why a resource is empty if %s', (_, asked, inventory, reason, remedy) => {
    const planned = plan(asked, inventory);
    expect(planned.offers[0]?.shares).toEqual([]);
    expect(whyEmpty(planned)).toContain(reason);
    const ofResources = planned.problems.filter(({ subject }) => subject.startsWith('rdma/'));
    expect(ofResources.map(({ code, subject }) => [code, subject])).toEqual([['RESOURCE_EMPTY', 'rdma/hca']]);
    expect(planned.problems[0]?.message).toContain(reason);
    expect(planned.problems[0]?.remedy).toContain(remedy);
  });

  it('groups HCAs with the same verdict in a reason and names at most eight of them in all', () => {
    const many = Array.from({ length: 70 }, (_, index) => anHca(index));
    const other = anHca(70, { pci: null });
    const planned = plan(
      settingsOf(aResource({ selectors: [aSelector({ vendors: ['8086'] })] })),
      anInventory([...many, other]),
    );
    expect(whyEmpty(planned)).toBe(
      'no HCA matches its selectors (mlx5_0, mlx5_1, mlx5_2, mlx5_3 and 66 more: expected vendors 8086, found 15b3; mlx5_70: found none)',
    );
  });

  it('has no problem with more than 500 characters on a node with 1,024 HCAs', () => {
    const many = Array.from({ length: 1024 }, (_, index) => anHca(index, { numaNode: null }));
    const perDevice = aResource({ sharing: 'device', rdmaHcaMax: 64 });
    const template = { name: 'rdma/numa_{numaNode}', nameTemplate: 'rdma/numa_{numaNode}' };
    const { problems } = plan(settingsOf(aResource(), perDevice, aResource(template)), anInventory(many));
    expect(new Set(problems.map(({ code }) => code))).toEqual(
      new Set(['SHARES_EXCEED_GID_TABLE', 'RESOURCE_TEMPLATE_HCA_SKIPPED', 'HCA_IN_SEVERAL_RESOURCES']),
    );
    expect(problems.filter(({ message, remedy }) => message.length + remedy.length > 500)).toEqual([]);
  });

  it('keeps offered shares in the list as unhealthy when their HCAs are removed', () => {
    const removed = plan(settings, nothing, plan(settings, three));
    expect(healthOf(removed.offers[0])).toBe('0- 1- 2-');
    expect(healthOf(plan(settings, three, removed).offers[0])).toBe('0+ 1+ 2+');
  });

  it('keeps offered shares through any number of empty scans and when rdmaHcaMax shrinks', () => {
    const removed = plan(settings, nothing, plan(settings, nothing, plan(settings, three)));
    expect(healthOf(removed.offers[0])).toBe('0- 1- 2-');
    const fewer = plan(settingsOf(aResource({ rdmaHcaMax: 1 })), three, removed);
    expect(healthOf(fewer.offers[0])).toBe('0+ 1- 2-');
  });

  it('drops a resource that is no longer configured', () => {
    const other = settingsOf(aResource({ name: 'rdma/other' }));
    expect(plan(other, three, plan(settings, three)).offers.map(({ resource }) => resource)).toEqual(['rdma/other']);
  });

  it('passes on the problems of the inventory', () => {
    const problem = { code: 'X', actor: 'node', subject: 's', message: 'm', remedy: 'r' } as const;
    expect(plan(settings, anInventory([anHca(0)], { problems: [problem] })).problems).toEqual([problem]);
  });

  it('lists each netdev of a selected HCA that is down once, and only if setLinksUp is true', () => {
    const down = anHca(0, { netdevs: [{ name: 'eth0', linkType: 'ether', up: false }] });
    const unknown = anHca(1, { netdevs: [{ name: 'eth1', linkType: 'ether', up: null }] });
    const inventory = anInventory([down, unknown, anHca(2)]);
    const twice = settingsOf(aResource(), aResource({ name: 'rdma/b' }));
    expect(plan({ ...twice, setLinksUp: true }, inventory).linksToRaise).toEqual(['eth0']);
    expect(plan(twice, inventory).linksToRaise).toEqual([]);
  });

  it('never offers an ID twice, never loses one, and is stable on an unchanged host', () => {
    fc.assert(
      fc.property(
        fc.array(anyHcas, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('pool' as const, 'device' as const),
        (hosts, sharing) => {
          const asked = settingsOf(aResource({ sharing }));
          let before = plan(asked, nothing);
          for (const hcas of hosts) {
            const now = plan(asked, anInventory(hcas), before);
            const ids = sharesOf(now.offers[0]).map((share) => share.id);
            expect(new Set(ids).size).toBe(ids.length);
            expect(sharesOf(before.offers[0]).every((share) => ids.includes(share.id))).toBe(true);
            expect(plan(asked, anInventory(hcas), now)).toEqual(now);
            before = now;
          }
        },
      ),
    );
  });
});

describe('describeVerdict', () => {
  it('names the values that were expected and found', () => {
    const [offer] = plan(settingsOf(aResource({ selectors: [aSelector({ ifNames: ['ib0', 'ib1'] })] })), three).offers;
    expect(offer?.verdicts.map((verdict) => describeVerdict(verdict, 'rdma/hca'))[1]).toBe(
      'mlx5_1: expected ifNames ib0 or ib1, found eth1',
    );
  });
});
