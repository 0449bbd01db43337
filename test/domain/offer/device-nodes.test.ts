// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cdiSpecOf } from '#domain/grant/cdi-spec.ts';
import { extraNodeLimit } from '#domain/offer/extra-nodes.ts';
import { granterOf } from '#domain/grant/grant.ts';
import { describeRefusal } from '#domain/grant/refusal.ts';
import { deviceNodeKinds, type DeviceNodeKind, type Hca } from '#domain/hca/hca.ts';
import { describeVerdict } from '#domain/offer/words/verdicts.ts';
import { describeEmptyReason } from '#domain/offer/words/empty-resource.ts';
import type { Offer } from '#domain/offer/offer.ts';
import { type Plan, plan } from '#domain/offer/plan.ts';
import type { DeviceNodeSettings, ResourceSettings } from '#domain/settings/settings.ts';
import { aResource, aSelector, anHca, anInventory, settingsOf } from '../../support/hca-fixture.ts';
import { sharesOf } from '../../support/share-list.ts';
import { countShares } from '#domain/offer/share.ts';

const strict: DeviceNodeSettings = { required: ['uverbs', 'umad', 'rdma_cm'], optional: ['issm', 'ucm'], extra: [] };

function wanting(change: Partial<DeviceNodeSettings>, resource: Partial<ResourceSettings> = {}): ResourceSettings {
  return aResource({ selectors: [aSelector()], deviceNodes: { ...aResource().deviceNodes, ...change }, ...resource });
}

function planOf(resource: ResourceSettings, hcas: readonly Hca[], extraNodes: readonly string[] = []): Plan {
  return plan(settingsOf(resource), { ...anInventory(hcas), extraNodes });
}

function offerOf(resource: ResourceSettings, hcas: readonly Hca[], extraNodes: readonly string[] = []): Offer {
  const [offer] = planOf(resource, hcas, extraNodes).offers;
  if (offer === undefined) throw new Error('the plan has no offer');
  return offer;
}

/** Returns the names of the device nodes of a container with shares of these HCAs. */
function granted(offer: Offer, ...hcas: readonly string[]): readonly string[] {
  const ids = sharesOf(offer)
    .filter((share) => hcas.some((hca) => share.hcas.includes(hca)))
    .map((share) => share.id);
  const result = granterOf(offer, 'device-nodes')(ids);
  return result.granted
    ? result.grant.deviceNodes.map(({ path }) => path.replace(/^\/dev\/(infiniband\/)?/, ''))
    : [describeRefusal(offer.resource, result.refusal)];
}

const withoutMad = anHca(1, { deviceNodes: [{ kind: 'uverbs', path: '/dev/infiniband/uverbs1', port: null }] });

describe('the required kinds of device nodes', () => {
  it('are only uverbs by default, so that an HCA without other nodes is granted', () => {
    expect(granted(offerOf(wanting({}), [withoutMad]), 'mlx5_1')).toEqual(['uverbs1']);
  });

  it('exclude an HCA that lacks one of them, and the verdict names all that it lacks', () => {
    const offer = offerOf(aResource({ deviceNodes: strict }), [anHca(0), withoutMad]);
    expect(offer.hcas.map(({ name }) => name)).toEqual(['mlx5_0']);
    expect(offer.verdicts.map((verdict) => describeVerdict(verdict, offer.resource))).toEqual([
      'mlx5_0: selected',
      'mlx5_1: selected, but it has no umad and no rdma_cm node',
    ]);
    expect(offer.verdicts[1]).toMatchObject({ unhealthy: 'nodes-missing', missing: ['umad', 'rdma_cm'] });
  });

  it('belong to one resource: another resource can grant an HCA that this one excludes', () => {
    const { offers } = plan(
      settingsOf(aResource({ name: 'rdma/a', deviceNodes: strict }), aResource({ name: 'rdma/b' })),
      anInventory([withoutMad]),
    );
    expect(
      offers.map(({ resource, shares, emptyReason }) => [
        resource,
        countShares(shares),
        emptyReason && describeEmptyReason(emptyReason),
      ]),
    ).toEqual([
      ['rdma/a', 0, 'no selected HCA is usable (mlx5_1: selected, but it has no umad and no rdma_cm node)'],
      ['rdma/b', 3, null],
    ]);
  });

  it('affect only the per-device shares of the HCA that lacks one of them', () => {
    const offer = offerOf(aResource({ sharing: 'device', rdmaHcaMax: 1, deviceNodes: strict }), [anHca(0), withoutMad]);
    expect(sharesOf(offer).map((share) => [share.hcas, share.healthy])).toEqual([
      [['mlx5_0'], true],
      [['mlx5_1'], false],
    ]);
  });
});

describe('the optional kinds of device nodes', () => {
  it('limit the nodes of a container and of a CDI spec, so that nodes that can disturb the fabric are left out', () => {
    const offer = offerOf(wanting({ optional: ['rdma_cm'] }), [anHca(0)]);
    expect(granted(offer, 'mlx5_0')).toEqual(['uverbs0', 'rdma_cm']);
    expect(cdiSpecOf(offer).devices[0]?.deviceNodes.map(({ path }) => path)).toEqual([
      '/dev/infiniband/uverbs0',
      '/dev/infiniband/rdma_cm',
    ]);
  });

  it('can leave out uverbs for a fabric manager', () => {
    expect(granted(offerOf(wanting({ required: ['umad'], optional: [] }), [anHca(0)]), 'mlx5_0')).toEqual(['umad0']);
  });
});

function opa(index: number, name = `hfi1_${index}`): Hca {
  return anHca(index, { name, driver: 'hfi1' });
}

describe('extra device nodes', () => {
  const psm = wanting({ optional: [], extra: ['/dev/hfi1_*', '/dev/gdrdrv'] });
  const perDevice = { ...psm, sharing: 'device' as const };
  const nodes = ['/dev/gdrdrv', '/dev/hfi1_0', '/dev/hfi1_1', '/dev/sda'];

  it('follow the nodes of the HCA, each once, and are only those that match a pattern', () => {
    expect(granted(offerOf(psm, [opa(0), opa(1)], nodes), 'hfi1_0')).toEqual([
      'uverbs0',
      'uverbs1',
      'gdrdrv',
      'hfi1_0',
      'hfi1_1',
    ]);
  });

  it('are granted with the HCA of the same name, or with every HCA if they belong to the host', () => {
    const offer = offerOf(perDevice, [opa(0), opa(1)], nodes);
    expect(granted(offer, 'hfi1_1')).toEqual(['uverbs1', 'gdrdrv', 'hfi1_1']);
    expect(cdiSpecOf(offer).devices.map(({ deviceNodes }) => deviceNodes.map(({ path }) => path))).toEqual([
      ['/dev/infiniband/uverbs0', '/dev/gdrdrv', '/dev/hfi1_0'],
      ['/dev/infiniband/uverbs1', '/dev/gdrdrv', '/dev/hfi1_1'],
    ]);
  });

  it('are not granted by a resource that does not select their HCA', () => {
    const offer = offerOf({ ...psm, selectors: [aSelector({ rdmaDevices: ['hfi1_1'] })] }, [opa(0), opa(1)], nodes);
    expect(granted(offer, 'hfi1_1')).toEqual(['uverbs1', 'gdrdrv', 'hfi1_1']);
  });

  it('are matched by driver if udev has renamed the only RDMA device of that driver', () => {
    expect(granted(offerOf(perDevice, [opa(0, 'opap5s0'), anHca(7)], ['/dev/hfi1_0']), 'opap5s0')).toEqual([
      'uverbs0',
      'hfi1_0',
    ]);
    expect(granted(offerOf(perDevice, [opa(0, 'opap5s0'), anHca(7)], ['/dev/hfi1_0']), 'mlx5_7')).toEqual(['uverbs7']);
  });

  it('of several renamed HCAs are granted with all of these HCAs or not at all, which is reported', () => {
    const renamed = [opa(0, 'opap5s0'), opa(1, 'opap6s0')];
    expect(granted(offerOf(psm, renamed, nodes), 'opap5s0')).toEqual([
      'uverbs0',
      'uverbs1',
      'gdrdrv',
      'hfi1_0',
      'hfi1_1',
    ]);
    const planned = planOf(perDevice, renamed, nodes);
    expect(planned.offers.map((offer) => granted(offer, 'opap5s0'))).toEqual([['uverbs0', 'gdrdrv']]);
    expect(planned.problems.map(({ code, subject }) => [code, subject])).toEqual([
      ['DEVICE_NODE_AMBIGUOUS', '/dev/hfi1_0'],
      ['DEVICE_NODE_AMBIGUOUS', '/dev/hfi1_1'],
    ]);
  });

  it('of a unit without its RDMA device are not granted with another unit', () => {
    expect(granted(offerOf(psm, [opa(0)], nodes), 'hfi1_0')).toEqual(['uverbs0', 'gdrdrv', 'hfi1_0']);
  });

  it('that do not exist are reported only for a resource that has an HCA on this node', () => {
    const missing = (hcas: readonly Hca[]): readonly string[] =>
      planOf(psm, hcas, ['/dev/hfi1_0'])
        .problems.filter(({ code }) => code === 'DEVICE_NODE_NOT_FOUND')
        .map(({ message }) => message);
    expect(missing([opa(0)])).toEqual([
      'No device node on this node matches /dev/gdrdrv, so containers of rdma/hca get none.',
    ]);
    expect(missing([])).toEqual([]);
  });

  it(`close the resource if the patterns match more than ${extraNodeLimit}`, () => {
    const many = Array.from({ length: extraNodeLimit + 1 }, (_, i) => `/dev/x${i}`);
    const planned = planOf(wanting({ extra: ['/dev/x*'] }), [anHca(0)], many);
    expect(planned.offers[0]).toMatchObject({ shares: [], emptyReason: { kind: 'too-many-extra-nodes' } });
    expect(planned.problems.map(({ code }) => code)).toEqual(['DEVICE_NODES_TOO_MANY']);
    expect(countShares(offerOf(wanting({ extra: ['/dev/x*'] }), [anHca(0)], many.slice(1)).shares)).toBe(3);
  });
});

const anyKinds: fc.Arbitrary<readonly DeviceNodeKind[]> = fc.subarray([...deviceNodeKinds]);

const anyNames = fc.uniqueArray(
  fc.constantFrom('hfi1_0', 'hfi1_1', 'hfi1_2', 'opap1s0', 'opap2s0', 'mlx5_0', 'mlx5_1'),
  { maxLength: 5 },
);

describe('a grant of a per-device share, on any node with any settings', () => {
  it('has exactly the nodes of the configured kinds of its HCA, and no node that may belong to another HCA', () => {
    fc.assert(
      fc.property(anyNames, anyKinds, anyKinds, fc.array(fc.nat({ max: 4 })), (names, kinds, optional, units) => {
        const hcas = names.map((name, index) =>
          anHca(index, { name, driver: name.startsWith('mlx5') ? 'mlx5_core' : 'hfi1' }),
        );
        const extraNodes = [...new Set(units)].map((unit) => `/dev/hfi1_${unit}`);
        const required = kinds.length === 0 ? (['uverbs'] as const) : kinds;
        const offer = offerOf(
          wanting({ required, optional, extra: ['/dev/hfi1_*'] }, { sharing: 'device', rdmaHcaMax: 1 }),
          hcas,
          [...extraNodes, '/dev/gdrdrv'],
        );
        for (const { name, deviceNodes } of offer.hcas) {
          const own = deviceNodes
            .filter(({ kind }) => [...required, ...optional].includes(kind))
            .map(({ path }) => path.replace('/dev/infiniband/', ''));
          const nodes = granted(offer, name);
          expect(nodes.filter((node) => !node.startsWith('hfi1_'))).toEqual(own);
          const others = new Set(hcas.map((hca) => hca.name).filter((other) => other !== name));
          expect(nodes.filter((node) => others.has(node))).toEqual([]);
          if (!name.startsWith('opa') && !name.startsWith('hfi1'))
            expect(
              nodes.filter((node) => node.startsWith('hfi1_') && hcas.some(({ driver }) => driver === 'hfi1')),
            ).toEqual([]);
          if (extraNodes.includes(`/dev/${name}`)) expect(nodes).toContain(name);
        }
      }),
    );
  });
});
