// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { plan } from '#domain/offer/plan.ts';
import type { ResourceSettings } from '#domain/settings/settings.ts';
import type { Hca } from '#domain/hca/hca.ts';
import { aResource, anHca, anInventory, settingsOf } from '../../support/hca-fixture.ts';

const byDevice = (rdmaHcaMax: number): ResourceSettings => aResource({ sharing: 'device', rdmaHcaMax });
const eight = Array.from({ length: 8 }, (_, index) => anHca(index));

function problems(resource: ResourceSettings, hcas: readonly Hca[]): readonly string[] {
  return plan(settingsOf(resource), anInventory(hcas)).problems.map(({ code, remedy }) => `${code}: ${remedy}`);
}

describe('shares by device that are too many for one list', () => {
  const [told = ''] = problems(byDevice(200_000), eight);
  const fits = Number(/at most (\d+)/.exec(told)?.[1]);

  it('are not made, and the number that fits is said', () => {
    expect(told).toMatch(/^SHARES_TOO_MANY_TO_LIST: /);
    const { offers } = plan(settingsOf(byDevice(200_000)), anInventory(eight));
    expect(offers[0]).toMatchObject({ shares: [], whyEmpty: 'the list of its shares would be too long' });
  });

  it('are made with that number, and not with one more', () => {
    expect(plan(settingsOf(byDevice(fits)), anInventory(eight)).offers[0]?.shares).toHaveLength(8 * fits);
    expect(problems(byDevice(fits + 1), eight).join()).toContain('SHARES_TOO_MANY_TO_LIST');
  });
});

describe('shares by device that a GID table does not serve', () => {
  it('are a warning with the number that it serves', () => {
    expect(problems(byDevice(64), [anHca(0)])).toEqual([
      expect.stringMatching(/^SHARES_EXCEED_GID_TABLE: .* at most 63/),
    ]);
    expect(plan(settingsOf(byDevice(64)), anInventory([anHca(0)])).offers[0]?.shares).toHaveLength(64);
  });

  it.each([
    ['as many as it serves', byDevice(63), anHca(0)],
    [
      'InfiniBand, which has no such limit',
      byDevice(1000),
      anHca(0, {
        ports: [
          { number: 1, state: 'ACTIVE', physState: 'LinkUp', linkLayer: 'InfiniBand', rate: null, netdevs: ['ib0'] },
        ],
      }),
    ],
    ['iWARP, which does not address by GID', byDevice(1000), anHca(0, { nodeType: 'RNIC' })],
    ['a pool, whose pods share all ports', aResource({ rdmaHcaMax: 1000 }), anHca(0)],
  ])('are not: %s', (_, resource, hca) => {
    expect(problems(resource, [hca])).toEqual([]);
  });
});
