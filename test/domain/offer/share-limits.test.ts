// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { plan } from '#domain/offer/plan.ts';
import type { ResourceSettings } from '#domain/settings/settings.ts';
import type { Hca, Port } from '#domain/hca/hca.ts';
import { aResource, anHca, anInventory, settingsOf } from '../../support/hca-fixture.ts';
import { countShares } from '#domain/offer/share.ts';

const perDevice = (rdmaHcaMax: number): ResourceSettings => aResource({ sharing: 'device', rdmaHcaMax });
const eight = Array.from({ length: 8 }, (_, index) => anHca(index));

function withPorts(hca: Hca, change: Partial<Port>): Hca {
  return { ...hca, ports: hca.ports.map((port) => ({ ...port, ...change })) };
}

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
    expect(countShares(plan(settingsOf(perDevice(fits)), anInventory(eight)).offers[0]?.shares ?? [])).toBe(8 * fits);
    expect(problems(perDevice(fits + 1), eight).join()).toContain('SHARES_TOO_MANY_TO_LIST');
  });
});

describe('per-device shares of a RoCE HCA', () => {
  it('cause a warning if the GID table has no room for them', () => {
    expect(problems(perDevice(64), [anHca(0)])).toEqual([
      expect.stringMatching(/^SHARES_EXCEED_GID_TABLE: .* at most 63/),
    ]);
    expect(countShares(plan(settingsOf(perDevice(64)), anInventory([anHca(0)])).offers[0]?.shares ?? [])).toBe(64);
  });

  it.each([
    ['a VF of an mlx4 adapter', 16, 7],
    ['an adapter with 256 entries', 256, 127],
    ['rxe', 1024, 511],
  ])('fit in a table of the size that the kernel reports: %s', (_, gidTableSize, pods) => {
    const hca = withPorts(anHca(0), { gidTableSize });
    expect(problems(perDevice(pods), [hca])).toEqual([]);
    const [problem] = plan(settingsOf(perDevice(pods + 1)), anInventory([hca])).problems;
    expect(problem?.message).toContain(`has ${gidTableSize} entries: room for about ${pods} pods`);
    expect(problem?.remedy).toContain(`at most ${pods},`);
  });

  it('are limited by the smallest table, and the warning names only HCAs whose table is too small', () => {
    const hcas = [256, 128, 16].map((gidTableSize, index) => withPorts(anHca(index), { gidTableSize }));
    const [problem] = plan(settingsOf(perDevice(100)), anInventory(hcas)).problems;
    expect(problem?.message).toContain('for each of mlx5_1, mlx5_2, but the GID table of a RoCE port has 16 entries');
    const twoPorts = { ...anHca(0), ports: [...(hcas[0]?.ports ?? []), ...(hcas[2]?.ports ?? [])] };
    expect(problems(perDevice(8), [twoPorts]).join()).toContain('at most 7,');
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

describe('a list of HCAs that a library cannot read whole', () => {
  const many = (count: number, ports = 1): readonly Hca[] =>
    Array.from({ length: count }, (_, index) => {
      const hca = anHca(index);
      const [port] = hca.ports;
      return {
        ...hca,
        ports: port === undefined ? [] : Array.from({ length: ports }, (__, at) => ({ ...port, number: at + 1 })),
      };
    });
  const pool = aResource({ env: true });
  const device = aResource({ env: true, sharing: 'device' });
  const limited = aResource({ env: true, sharing: 'device', maxSharesPerContainer: 33 });

  it.each([
    [
      'a pool of 40 HCAs',
      pool,
      many(40),
      '40 HCAs, but NCCL reads 32 entries of NCCL_IB_HCA',
      /Select at most 32 HCAs/,
    ],
    ['48 VFs without a limit', device, many(48), '48 HCAs, but NCCL', /Set maxSharesPerContainer to at most 32/],
    ['a limit above 32', limited, many(64), '33 HCAs, but NCCL', /at most 32/],
    ['16 HCAs with 12 ports', device, many(16, 12), '192 ports, but UCX reads 128 entries', /at most 10/],
    ['one HCA with 200 ports', pool, many(1, 200), '200 ports, but UCX', /at most 1 /],
  ])('is a problem that names the entries and the remedy: %s', (_, resource, hcas, found, remedy) => {
    const [problem, ...others] = plan(settingsOf(resource), anInventory(hcas)).problems;
    expect(problem).toMatchObject({ code: 'ENV_LIST_TOO_LONG', subject: 'rdma/hca' });
    expect(problem?.message).toContain(`A container of rdma/hca can get ${found}`);
    expect(problem?.remedy).toMatch(remedy);
    expect(others).toEqual([]);
  });

  it.each([
    ['32 HCAs', pool, many(32)],
    ['8 HCAs with 12 ports, which NCCL gets without ports', pool, many(8, 12)],
    ['no env', aResource(), many(64)],
    ['no shares', aResource({ env: true, rdmaHcaMax: 0 }), many(64)],
    ['few shares for one container', aResource({ ...limited, maxSharesPerContainer: 8 }), many(64)],
    ['HCAs without ports', device, many(64, 0)],
  ])('is none with %s', (_, resource, hcas) => {
    expect(problems(resource, hcas).filter((problem) => problem.startsWith('ENV_'))).toEqual([]);
  });

  it('fits after the remedy', () => {
    const hcas = many(16, 12);
    const remedied = { ...device, maxSharesPerContainer: 10 };
    expect(problems(remedied, hcas)).toEqual([]);
    expect(problems({ ...remedied, maxSharesPerContainer: 11 }, hcas)).toHaveLength(1);
  });
});
