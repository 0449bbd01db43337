// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Granter, granterOf } from '#domain/grant/grant.ts';
import { type Offer } from '#domain/offer/offer.ts';
import { plan } from '#domain/offer/plan.ts';
import { aResource, aSelector, anHca, anOffer, anInventory, anyHcas, settingsOf } from '../../support/hca-fixture.ts';

const pool = anOffer(aResource(), [anHca(0), anHca(1)]);
const byDevice = anOffer(aResource({ sharing: 'device' }), [anHca(0), anHca(1)]);

function pathsOf(granter: Granter, ids: readonly string[]): readonly string[] {
  const result = granter(ids);
  return result.granted ? result.grant.deviceNodes.map((node) => node.path) : [`refused: ${result.reason}`];
}

describe('a grant of a pool share', () => {
  it('holds the nodes of all its HCAs, rdma_cm once, readable, writable and makeable', () => {
    const result = granterOf(pool, 'device-nodes')(['1']);
    expect(result).toMatchObject({ granted: true, grant: { cdiDevices: [] } });
    expect(result.granted && result.grant.deviceNodes).toEqual(
      ['uverbs0', 'uverbs1', 'umad0', 'umad1', 'rdma_cm'].map((name) => ({
        path: `/dev/infiniband/${name}`,
        permissions: 'rwm',
      })),
    );
  });

  it('is the same for one share and for several', () => {
    const granter = granterOf(pool, 'device-nodes');
    expect(granter(['0', '2'])).toEqual(granter(['1']));
  });

  it('names CDI devices instead of nodes where CDI is used', () => {
    expect(granterOf(pool, 'cdi')(['0'])).toMatchObject({
      granted: true,
      grant: {
        deviceNodes: [],
        cdiDevices: ['rdma-shared-dp.io/hca_rdma_hca=hca-mlx5_0', 'rdma-shared-dp.io/hca_rdma_hca=hca-mlx5_1'],
      },
    });
  });
});

describe('a grant of a share by device', () => {
  it('holds the nodes of the HCAs of the asked shares and of no other', () => {
    const granter = granterOf(byDevice, 'device-nodes');
    const of = (hca: string): string => byDevice.shares.find((share) => share.hcas.includes(hca))?.id ?? '';
    expect(pathsOf(granter, [of('mlx5_1')])).toEqual([
      '/dev/infiniband/uverbs1',
      '/dev/infiniband/umad1',
      '/dev/infiniband/rdma_cm',
    ]);
    expect(pathsOf(granter, [of('mlx5_1'), of('mlx5_0')])).toContain('/dev/infiniband/uverbs0');
  });

  it('holds, on any node and for any shares, exactly the nodes of their HCAs', () => {
    fc.assert(
      fc.property(anyHcas, fc.infiniteStream(fc.boolean()), (hcas, coin) => {
        const offer = anOffer(aResource({ sharing: 'device', selectors: [aSelector()] }), hcas);
        const usable = offer.shares.filter((share) => share.healthy && coin.next().value);
        if (usable.length === 0) return;
        const wanted = new Set(
          hcas
            .filter((hca) => usable.some((share) => share.hcas.includes(hca.name)))
            .flatMap((hca) => hca.deviceNodes.map(({ path }) => path)),
        );
        expect(
          new Set(
            pathsOf(
              granterOf(offer, 'device-nodes'),
              usable.map((share) => share.id),
            ),
          ),
        ).toEqual(wanted);
      }),
    );
  });
});

describe('the environment of a grant', () => {
  const told = anOffer(aResource({ name: 'nvidia.com/hca-a', sharing: 'device', env: true }), [
    anHca(0),
    anHca(1),
    anHca(2, { ports: [] }),
  ]);
  const idOf = (hca: string): string => told.shares.find((share) => share.hcas.includes(hca))?.id ?? '';
  const environmentFor = (...hcas: readonly string[]): unknown => granterOf(told, 'cdi')(hcas.map(idOf));

  it('names the HCAs of the asked shares, with their ports', () => {
    expect(environmentFor('mlx5_1', 'mlx5_0')).toMatchObject({
      grant: {
        environment: {
          NCCL_IB_HCA: '=mlx5_0:1,mlx5_1:1',
          UCX_NET_DEVICES: 'mlx5_0:1,mlx5_1:1',
          RDMA_SHARED_DP_NVIDIA_COM_HCA_A_HCAS: 'mlx5_0,mlx5_1',
        },
      },
    });
  });

  it('has no empty lists, which libraries would take for none at all', () => {
    expect(environmentFor('mlx5_2')).toMatchObject({
      grant: { environment: { RDMA_SHARED_DP_NVIDIA_COM_HCA_A_HCAS: 'mlx5_2' } },
    });
  });

  it('is empty where nobody asked for it', () => {
    expect(granterOf(pool, 'device-nodes')(['0'])).toMatchObject({ grant: { environment: {} } });
  });
});

describe('a grant is refused', () => {
  const gone = plan(settingsOf(aResource()), anInventory([]), plan(settingsOf(aResource()), anInventory([anHca(0)])))
    .offers[0];
  it.each<[string, Offer | undefined, readonly string[], string]>([
    [
      'for an id that is not offered',
      pool,
      ['0', '3'],
      'share "3" of rdma/hca does not exist; 3 shares are offered now',
    ],
    ['for an id of endless length, without repeating it', pool, ['9'.repeat(5000)], '...'],
    ['for no id at all', pool, [], 'no share was asked for'],
    [
      'for more shares than a container may have',
      { ...pool, maxSharesPerContainer: 1 },
      ['0', '1'],
      '2 shares of rdma/hca were asked for, and its maxSharesPerContainer is 1',
    ],
    [
      'for a share whose HCAs have gone',
      gone,
      ['0'],
      'share "0" of rdma/hca cannot be used now: this node has no RDMA device',
    ],
  ])('%s', (_, offer, ids, reason) => {
    const result = offer === undefined ? null : granterOf(offer, 'device-nodes')(ids);
    expect(result).toMatchObject({ granted: false, reason: expect.stringContaining(reason) });
    expect(JSON.stringify(result).length).toBeLessThan(300);
  });
});
