// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Granter, granterOf } from '#domain/grant/grant.ts';
import { describeRefusal } from '#domain/grant/refusal.ts';
import { type Offer } from '#domain/offer/offer.ts';
import { plan } from '#domain/offer/plan.ts';
import { aResource, aSelector, anHca, anOffer, anInventory, anyHcas, settingsOf } from '../../support/hca-fixture.ts';
import { sharesOf } from '../../support/share-list.ts';

const pool = anOffer(aResource(), [anHca(0), anHca(1)]);
const perDevice = anOffer(aResource({ sharing: 'device' }), [anHca(0), anHca(1)]);

function pathsOf(granter: Granter, ids: readonly string[]): readonly string[] {
  const result = granter(ids);
  return result.granted ? result.grant.deviceNodes.map((node) => node.path) : [`refused: ${result.refusal.kind}`];
}

describe('a grant of a pool share', () => {
  it('has the nodes of all its HCAs with rwm permissions, rdma_cm once', () => {
    const result = granterOf(pool, 'device-nodes')(['1']);
    expect(result).toMatchObject({ granted: true, grant: { cdiDevices: [] } });
    expect(result.granted && result.grant.deviceNodes).toEqual(
      ['uverbs0', 'uverbs1', 'umad0', 'umad1', 'rdma_cm'].map((name) => ({
        path: `/dev/infiniband/${name}`,
        permissions: 'rwm',
      })),
    );
  });

  it('is the same for one share as for several', () => {
    const granter = granterOf(pool, 'device-nodes');
    expect(granter(['0', '2'])).toEqual(granter(['1']));
  });

  it('names CDI devices instead of nodes with CDI', () => {
    expect(granterOf(pool, 'cdi')(['0'])).toMatchObject({
      granted: true,
      grant: {
        deviceNodes: [],
        cdiDevices: ['rdma-shared-dp.io/hca_rdma_hca=hca-mlx5_0', 'rdma-shared-dp.io/hca_rdma_hca=hca-mlx5_1'],
      },
    });
  });
});

describe('a grant of a per-device share', () => {
  it('has the nodes of the HCAs of the requested shares and of no others', () => {
    const granter = granterOf(perDevice, 'device-nodes');
    const of = (hca: string): string => sharesOf(perDevice).find((share) => share.hcas.includes(hca))?.id ?? '';
    expect(pathsOf(granter, [of('mlx5_1')])).toEqual([
      '/dev/infiniband/uverbs1',
      '/dev/infiniband/umad1',
      '/dev/infiniband/rdma_cm',
    ]);
    expect(pathsOf(granter, [of('mlx5_1'), of('mlx5_0')])).toContain('/dev/infiniband/uverbs0');
  });

  it('has exactly the nodes of the HCAs of its shares, on any node and for any shares', () => {
    fc.assert(
      fc.property(anyHcas, fc.infiniteStream(fc.boolean()), (hcas, coin) => {
        const offer = anOffer(aResource({ sharing: 'device', selectors: [aSelector()] }), hcas);
        const usable = sharesOf(offer).filter((share) => share.healthy && coin.next().value);
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
  const offer = anOffer(aResource({ name: 'nvidia.com/hca_a', sharing: 'device', env: true }), [
    anHca(0),
    anHca(1),
    anHca(2, { ports: [] }),
  ]);
  const idOf = (hca: string): string => sharesOf(offer).find((share) => share.hcas.includes(hca))?.id ?? '';
  const environmentFor = (...hcas: readonly string[]): unknown => granterOf(offer, 'cdi')(hcas.map(idOf));

  it('names the HCAs of the requested shares and their ports', () => {
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

  it('has no empty lists, which libraries would read as no HCA at all', () => {
    const result = granterOf(offer, 'cdi')([idOf('mlx5_2')]);
    expect(result.granted && result.grant.environment).toEqual({ RDMA_SHARED_DP_NVIDIA_COM_HCA_A_HCAS: 'mlx5_2' });
  });

  it('is empty by default', () => {
    expect(granterOf(pool, 'device-nodes')(['0'])).toMatchObject({ grant: { environment: {} } });
  });
});

describe('granterOf', () => {
  const removed = plan(settingsOf(aResource()), anInventory([]), plan(settingsOf(aResource()), anInventory([anHca(0)])))
    .offers[0];
  it.each<[string, Offer | undefined, readonly string[], string]>([
    ['an ID that is not offered', pool, ['0', '3'], 'share "3" of rdma/hca does not exist; 3 shares are offered now'],
    ['an ID of excessive length, without repeating it', pool, ['9'.repeat(5000)], '...'],
    ['an empty list', pool, [], 'no shares were requested'],
    [
      'more shares than maxSharesPerContainer',
      { ...pool, settings: { ...pool.settings, maxSharesPerContainer: 1 } },
      ['0', '1'],
      '2 shares of rdma/hca were requested, but its maxSharesPerContainer is 1',
    ],
    [
      'a share of HCAs that were removed',
      removed,
      ['0'],
      'share "0" of rdma/hca is not usable now: the HCAs that it selects are missing (mlx5_0 (0000:00:00.0) is gone)',
    ],
  ])('refuses %s', (_, offer, ids, reason) => {
    const result = offer === undefined ? null : granterOf(offer, 'device-nodes')(ids);
    const words = result?.granted === false ? describeRefusal('rdma/hca', result.refusal) : 'granted';
    expect(words).toContain(reason);
    expect(words.length).toBeLessThan(300);
  });
});
