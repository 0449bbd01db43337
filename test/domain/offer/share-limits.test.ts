// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { plan } from '#domain/offer/plan.ts';
import type { ResourceSettings } from '#domain/settings/settings.ts';
import type { Hca } from '#domain/hca/hca.ts';
import { aResource, anHca, anInventory, settingsOf } from '../../support/hca-fixture.ts';

const perDevice = (rdmaHcaMax: number): ResourceSettings => aResource({ sharing: 'device', rdmaHcaMax });
const eight = Array.from({ length: 8 }, (_, index) => anHca(index));

function problems(resource: ResourceSettings, hcas: readonly Hca[]): readonly string[] {
  return plan(settingsOf(resource), anInventory(hcas)).problems.map(({ code, remedy }) => `${code}: ${remedy}`);
}

describe('per-device shares that are too many for one list', () => {
  const [problem = ''] = problems(perDevice(200_000), eight);
  const fits = Number(/at most (\d+)/.exec(problem)?.[1]);

  it('are not offered, and the remedy names the number that fits', () => {
    expect(problem).toMatch(/^SHARES_TOO_MANY_TO_LIST: /);
    const { offers } = plan(settingsOf(perDevice(200_000)), anInventory(eight));
    expect(offers[0]).toMatchObject({ shares: [], emptyReason: { kind: 'list-too-long' } });
  });

  it('are offered with the number that fits, and not with one more', () => {
    expect(plan(settingsOf(perDevice(fits)), anInventory(eight)).offers[0]?.shares).toHaveLength(8 * fits);
    expect(problems(perDevice(fits + 1), eight).join()).toContain('SHARES_TOO_MANY_TO_LIST');
  });
});

describe('per-device shares of a RoCE HCA', () => {
  it('cause a warning if the GID table has no room for them', () => {
    expect(problems(perDevice(64), [anHca(0)])).toEqual([
      expect.stringMatching(/^SHARES_EXCEED_GID_TABLE: .* at most 63/),
    ]);
    expect(plan(settingsOf(perDevice(64)), anInventory([anHca(0)])).offers[0]?.shares).toHaveLength(64);
  });

  it.each([
    ['as many shares as the GID table has room for', perDevice(63), anHca(0)],
    [
      'InfiniBand, which has no such limit',
      perDevice(1000),
      anHca(0, {
        ports: [
          { number: 1, state: 'ACTIVE', physState: 'LinkUp', linkLayer: 'InfiniBand', rate: null, netdevs: ['ib0'] },
        ],
      }),
    ],
    ['iWARP, which does not use GIDs', perDevice(1000), anHca(0, { nodeType: 'RNIC' })],
    ['a pool, in which pods share all ports', aResource({ rdmaHcaMax: 1000 }), anHca(0)],
  ])('cause no warning with %s', (_, resource, hca) => {
    expect(problems(resource, [hca])).toEqual([]);
  });
});
