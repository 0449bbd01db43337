// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cdiSpecOf } from '#domain/grant/cdi-spec.ts';
import { extraNodeLimit } from '#domain/offer/extra-nodes.ts';
import { granterOf } from '#domain/grant/grant.ts';
import { deviceNodeKinds, type DeviceNodeKind, type Hca } from '#domain/hca/hca.ts';
import { type Offer, describeVerdict } from '#domain/offer/offer.ts';
import { type Plan, plan } from '#domain/offer/plan.ts';
import type { DeviceNodeSettings, ResourceSettings } from '#domain/settings/settings.ts';
import { aResource, aSelector, anHca, anInventory, settingsOf } from '../../support/hca-fixture.ts';

const strict: DeviceNodeSettings = { required: ['uverbs', 'umad', 'rdma_cm'], optional: ['issm', 'ucm'], extra: [] };

function wanting(change: Partial<DeviceNodeSettings>, resource: Partial<ResourceSettings> = {}): ResourceSettings {
  return aResource({ selectors: [aSelector()], deviceNodes: { ...aResource().deviceNodes, ...change }, ...resource });
}

function planOf(resource: ResourceSettings, hcas: readonly Hca[], extraNodes: readonly string[] = []): Plan {
  return plan(settingsOf(resource), { ...anInventory(hcas), extraNodes });
}

function offerOf(resource: ResourceSettings, hcas: readonly Hca[], extraNodes: readonly string[] = []): Offer {
  const [offer] = planOf(resource, hcas, extraNodes).offers;
  if (offer === undefined) throw new Error('a plan has an offer for each resource');
  return offer;
}

/** The names of the nodes that a container with shares of these HCAs gets. */
function granted(offer: Offer, ...hcas: readonly string[]): readonly string[] {
  const ids = offer.shares.filter((share) => hcas.some((hca) => share.hcas.includes(hca))).map((share) => share.id);
  const result = granterOf(offer, 'device-nodes')(ids);
  return result.granted
    ? result.grant.deviceNodes.map(({ path }) => path.replace(/^\/dev\/(infiniband\/)?/, ''))
    : [result.reason];
}

const withoutMad = anHca(1, { deviceNodes: [{ kind: 'uverbs', path: '/dev/infiniband/uverbs1', port: null }] });

describe('required kinds of device nodes', () => {
  it('are uverbs alone by default, so that an HCA without the others is given', () => {
    expect(granted(offerOf(wanting({}), [withoutMad]), 'mlx5_1')).toEqual(['uverbs1']);
  });

  it('keep an HCA that lacks one back, and the verdict names all that it lacks', () => {
    const offer = offerOf(aResource({ deviceNodes: strict }), [anHca(0), withoutMad]);
    expect(offer.hcas.map(({ name }) => name)).toEqual(['mlx5_0']);
    expect(offer.verdicts.map(describeVerdict)).toEqual([
      'mlx5_0: selected',
      'mlx5_1: selected, but it has no umad and no rdma_cm node',
    ]);
    expect(offer.verdicts[1]).toMatchObject({ unfitness: 'nodes-missing', missing: ['umad', 'rdma_cm'] });
  });

  it('are those of each resource: one may refuse what the next one gives', () => {
    const { offers } = plan(
      settingsOf(aResource({ name: 'rdma/a', deviceNodes: strict }), aResource({ name: 'rdma/b' })),
      anInventory([withoutMad]),
    );
    expect(offers.map((offer) => [offer.resource, offer.shares.length, offer.whyEmpty])).toEqual([
      ['rdma/a', 0, 'no selected HCA can be used (mlx5_1: selected, but it has no umad and no rdma_cm node)'],
      ['rdma/b', 3, null],
    ]);
  });

  it('take away the shares of their own HCA only, where shares go by device', () => {
    const offer = offerOf(aResource({ sharing: 'device', rdmaHcaMax: 1, deviceNodes: strict }), [anHca(0), withoutMad]);
    expect(offer.shares.map((share) => [share.hcas, share.healthy])).toEqual([
      [['mlx5_0'], true],
      [['mlx5_1'], false],
    ]);
  });
});

describe('optional kinds of device nodes', () => {
  it('keep nodes that can disturb the fabric away from containers, also in CDI specs', () => {
    const offer = offerOf(wanting({ optional: ['rdma_cm'] }), [anHca(0)]);
    expect(granted(offer, 'mlx5_0')).toEqual(['uverbs0', 'rdma_cm']);
    expect(cdiSpecOf(offer).devices[0]?.deviceNodes.map(({ path }) => path)).toEqual([
      '/dev/infiniband/uverbs0',
      '/dev/infiniband/rdma_cm',
    ]);
  });

  it('may leave uverbs out for a manager of the fabric', () => {
    expect(granted(offerOf(wanting({ required: ['umad'], optional: [] }), [anHca(0)]), 'mlx5_0')).toEqual(['umad0']);
  });
});

function opa(index: number, name = `hfi1_${index}`): Hca {
  return anHca(index, { name, driver: 'hfi1' });
}

describe('extra device nodes', () => {
  const psm = wanting({ optional: [], extra: ['/dev/hfi1_*', '/dev/gdrdrv'] });
  const byDevice = { ...psm, sharing: 'device' as const };
  const nodes = ['/dev/gdrdrv', '/dev/hfi1_0', '/dev/hfi1_1', '/dev/sda'];

  it("come after the HCA's own, once, and those that no pattern names do not", () => {
    expect(granted(offerOf(psm, [opa(0), opa(1)], nodes), 'hfi1_0')).toEqual([
      'uverbs0',
      'uverbs1',
      'gdrdrv',
      'hfi1_0',
      'hfi1_1',
    ]);
  });

  it('come with the HCA of their name only, and those of the host with each', () => {
    const offer = offerOf(byDevice, [opa(0), opa(1)], nodes);
    expect(granted(offer, 'hfi1_1')).toEqual(['uverbs1', 'gdrdrv', 'hfi1_1']);
    expect(cdiSpecOf(offer).devices.map(({ deviceNodes }) => deviceNodes.map(({ path }) => path))).toEqual([
      ['/dev/infiniband/uverbs0', '/dev/gdrdrv', '/dev/hfi1_0'],
      ['/dev/infiniband/uverbs1', '/dev/gdrdrv', '/dev/hfi1_1'],
    ]);
  });

  it('do not come with a resource that does not select their HCA', () => {
    const offer = offerOf({ ...psm, selectors: [aSelector({ rdmaDevices: ['hfi1_1'] })] }, [opa(0), opa(1)], nodes);
    expect(granted(offer, 'hfi1_1')).toEqual(['uverbs1', 'gdrdrv', 'hfi1_1']);
  });

  it('are known by their driver when udev has renamed the only RDMA device of it', () => {
    expect(granted(offerOf(byDevice, [opa(0, 'opap5s0'), anHca(7)], ['/dev/hfi1_0']), 'opap5s0')).toEqual([
      'uverbs0',
      'hfi1_0',
    ]);
    expect(granted(offerOf(byDevice, [opa(0, 'opap5s0'), anHca(7)], ['/dev/hfi1_0']), 'mlx5_7')).toEqual(['uverbs7']);
  });

  it('of several renamed HCAs come with all of them or with none, and it is told', () => {
    const renamed = [opa(0, 'opap5s0'), opa(1, 'opap6s0')];
    expect(granted(offerOf(psm, renamed, nodes), 'opap5s0')).toEqual([
      'uverbs0',
      'uverbs1',
      'gdrdrv',
      'hfi1_0',
      'hfi1_1',
    ]);
    const made = planOf(byDevice, renamed, nodes);
    expect(made.offers.map((offer) => granted(offer, 'opap5s0'))).toEqual([['uverbs0', 'gdrdrv']]);
    expect(made.problems.map(({ code, subject }) => [code, subject])).toEqual([
      ['EXTRA_NODE_AMBIGUOUS', '/dev/hfi1_0'],
      ['EXTRA_NODE_AMBIGUOUS', '/dev/hfi1_1'],
    ]);
  });

  it('of a unit whose RDMA device is not there come with no other unit', () => {
    expect(granted(offerOf(psm, [opa(0)], nodes), 'hfi1_0')).toEqual(['uverbs0', 'gdrdrv', 'hfi1_0']);
  });

  it('that are not there are told once for a resource that has an HCA here, and not for one that has none', () => {
    const missing = (hcas: readonly Hca[]): readonly string[] =>
      planOf(psm, hcas, ['/dev/hfi1_0'])
        .problems.filter(({ code }) => code === 'EXTRA_NODE_NOT_FOUND')
        .map(({ message }) => message);
    expect(missing([opa(0)])).toEqual([
      'No device node of this node matches /dev/gdrdrv, so containers of rdma/hca get none.',
    ]);
    expect(missing([])).toEqual([]);
  });

  it(`are refused as a whole where patterns match more than ${extraNodeLimit}`, () => {
    const many = Array.from({ length: extraNodeLimit + 1 }, (_, i) => `/dev/x${i}`);
    const made = planOf(wanting({ extra: ['/dev/x*'] }), [anHca(0)], many);
    expect(made.offers[0]).toMatchObject({ shares: [], whyEmpty: 'its extra device nodes are too many' });
    expect(made.problems.map(({ code }) => code)).toEqual(['EXTRA_NODES_TOO_MANY']);
    expect(offerOf(wanting({ extra: ['/dev/x*'] }), [anHca(0)], many.slice(1)).shares).toHaveLength(3);
  });
});

const anyKinds: fc.Arbitrary<readonly DeviceNodeKind[]> = fc.subarray([...deviceNodeKinds]);

const anyNames = fc.uniqueArray(
  fc.constantFrom('hfi1_0', 'hfi1_1', 'hfi1_2', 'opap1s0', 'opap2s0', 'mlx5_0', 'mlx5_1'),
  { maxLength: 5 },
);

describe('on any node with any settings, a grant by device', () => {
  it("holds exactly the nodes of the wanted kinds of its HCAs, and no node that may be another HCA's", () => {
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
