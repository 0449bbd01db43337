// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { Hca } from '#domain/hca/hca.ts';
import type { Problem } from '#domain/problem/problem.ts';
import { plan } from '#domain/offer/plan.ts';
import type { ResourceSettings } from '#domain/settings/settings.ts';
import { aResource, aSelector, anHca, anInventory, settingsOf } from '../../../support/hca-fixture.ts';

/** Returns the problem of a resource with this change on a node with these HCAs. */
function emptyOn(hcas: readonly Hca[], change: Partial<ResourceSettings>): Problem {
  const [problem] = plan(settingsOf(aResource(change)), anInventory(hcas)).problems;
  if (problem?.code !== 'RESOURCE_EMPTY') throw new Error('the resource is not empty');
  return problem;
}

function withPort(index: number, state: string, physState: string, linkLayer: string): Hca {
  const ports = anHca(index).ports.map((port) => ({ ...port, state, physState, linkLayer }));
  return anHca(index, { ports });
}

const twoHcas = [anHca(0), anHca(1)];
const strictLink = { linkDown: 'unhealthy', holdDownSeconds: 10, forgetAfterSeconds: 60 } as const;
const strict = { health: strictLink };
const requires = (...required: ResourceSettings['deviceNodes']['required']): Partial<ResourceSettings> => ({
  deviceNodes: { required, optional: [], extra: [] },
});
const bare = anHca(0, { deviceNodes: [] });

describe('The remedy of a resource without shares', () => {
  it.each([
    ['DOWN', 'Disabled', 'InfiniBand', 'no port is up', /^Check the cable and the port of the switch/],
    ['INIT', 'LinkUp', 'InfiniBand', 'INIT with the link up, because no subnet manager', /^Start a subnet manager/],
    ['INIT', 'Polling', 'InfiniBand', 'no port is up', /^Check the cable/],
    ['INIT', 'LinkUp', 'Ethernet', 'no port is up', /^Check the cable/],
  ])('whose port is %s, %s, %s follows from the port', (state, physState, linkLayer, reason, remedy) => {
    const problem = emptyOn([withPort(0, state, physState, linkLayer)], strict);
    expect(problem.message).toContain(reason);
    expect(problem.remedy).toMatch(remedy);
    expect(problem.remedy).not.toMatch(/driver|selectors/);
  });

  it('whose HCAs are unusable for several reasons has a remedy for each', () => {
    const hcas = [withPort(0, 'DOWN', 'Disabled', 'Ethernet'), withPort(1, 'INIT', 'LinkUp', 'InfiniBand'), bare];
    expect(emptyOn(hcas, strict).remedy).toMatch(/Check the cable.* Start a subnet manager.* modprobe ib_uverbs/);
  });

  it.each([
    ['uverbs', 'modprobe ib_uverbs'],
    ['umad', 'modprobe ib_umad'],
    ['issm', 'modprobe ib_umad'],
    ['rdma_cm', 'modprobe rdma_ucm'],
  ] as const)('whose HCA lacks %s names the module: %s', (kind, module) => {
    expect(emptyOn([bare], requires(kind)).remedy).toContain(module);
  });

  it.each([
    [{ vendors: ['8086'] }, 'If these HCAs are meant, correct selectors.vendors'],
    [{ vendors: ['15b3'], linkTypes: ['infiniband'] }, 'If these HCAs are meant, correct selectors.linkTypes'],
    [{ ifNames: ['ib9'] }, 'If these HCAs are meant, correct selectors.ifNames'],
    [{ numaNodes: ['7'] }, 'If these HCAs are meant, correct selectors.numaNodes'],
  ])('whose selectors are %j names the one that does not match', (selector, remedy) => {
    expect(emptyOn(twoHcas, { selectors: [aSelector(selector)] }).remedy).toContain(remedy);
  });

  it('whose selectors match another value than that of the only HCA names the value', () => {
    expect(emptyOn([anHca(0)], { selectors: [aSelector({ vendors: ['8086'] })] }).remedy).toBe(
      'If mlx5_0 is meant, add 15b3 to selectors.vendors. If another HCA is meant, load its driver.',
    );
  });

  it('that excludes all HCAs names exclude', () => {
    const exclude = [aSelector({ rdmaDevices: ['mlx5_*'] })];
    expect(emptyOn(twoHcas, { exclude }).remedy).toBe(
      'Remove the entry from rdmaDevices of exclude if the HCA is meant.',
    );
  });

  it.each([
    [['mlx5_1'], 'Move mlx5_1 into selectors.rdmaDevices'],
    [['mlx5_*', 'mlx5_0'], 'Move mlx5_*, mlx5_0 into selectors.rdmaDevices'],
    [['mlx5_0', 'ib7'], 'Move mlx5_0 into selectors.rdmaDevices'],
  ])('whose ifNames are the RDMA devices %j moves them', (ifNames, remedy) => {
    const problem = emptyOn(twoHcas, { selectors: [aSelector({ ifNames })] });
    expect(problem.remedy).toBe(`${remedy}: these are RDMA devices, not network interfaces.`);
  });

  it('that selects only HCAs for fabric management says what shares those', () => {
    const problem = emptyOn([anHca(0, { managementOnly: true, deviceNodes: [] })], {});
    expect(problem.remedy).toMatch(
      /^Load the driver .* fabric management .* remove uverbs from deviceNodes\.required\.$/,
    );
  });

  it('whose interface may be in a pod names other keys, unless its ifNames are RDMA devices', () => {
    const hca = anHca(0, { netdevs: [], ports: anHca(0).ports.map((port) => ({ ...port, netdevs: [] })) });
    const remedyFor = (ifName: string): string =>
      emptyOn([hca], { selectors: [aSelector({ ifNames: [ifName] })] }).remedy;
    expect(remedyFor('ens9')).toBe(
      'Select by rdmaDevices or pciAddresses instead of ifNames: they do not depend on the network interface.',
    );
    expect(remedyFor('mlx5_0')).toMatch(/^Move mlx5_0/);
  });

  it('takes a broad pattern for interfaces, even if an RDMA device without netdev would match it', () => {
    const hca = anHca(0, { name: 'ibp24s0', netdevs: [] });
    expect(emptyOn([hca], { selectors: [aSelector({ ifNames: ['ib*'] })] }).remedy).toContain(
      'correct selectors.ifNames',
    );
  });
});

describe('An offered HCA that waits for a subnet manager', () => {
  const codesOf = (hcas: readonly Hca[], change: Partial<ResourceSettings> = {}): readonly string[] =>
    plan(settingsOf(aResource(change), aResource({ ...change, name: 'rdma/b' })), anInventory(hcas)).problems.map(
      ({ code }) => code,
    );
  const waiting = Array.from({ length: 7 }, (_, index) => withPort(index, 'INIT', 'LinkUp', 'InfiniBand'));

  it('is reported once, with the others, although its shares are healthy', () => {
    const [problem, ...others] = plan(settingsOf(aResource()), anInventory([...waiting, anHca(7)])).problems;
    expect(problem).toMatchObject({
      code: 'SUBNET_MANAGER_MISSING',
      message: expect.stringMatching(/^Ports of mlx5_0, mlx5_1, mlx5_2, mlx5_3 and 3 more are INIT with the link up/),
      remedy: expect.stringMatching(/^Start a subnet manager/),
    });
    expect(others).toEqual([]);
    expect(codesOf(waiting).filter((code) => code === 'SUBNET_MANAGER_MISSING')).toHaveLength(1);
  });

  it('is reported by the empty resources alone if they need a link', () => {
    expect(codesOf(waiting, strict)).not.toContain('SUBNET_MANAGER_MISSING');
  });

  it.each([
    ['DOWN', 'Polling', 'InfiniBand'],
    ['INIT', 'LinkUp', 'Ethernet'],
    ['ACTIVE', 'LinkUp', 'InfiniBand'],
  ])('is not one whose port is %s, %s, %s', (state, physState, linkLayer) => {
    expect(codesOf([withPort(0, state, physState, linkLayer)])).not.toContain('SUBNET_MANAGER_MISSING');
  });
});

describe('The reason of a resource without shares', () => {
  const many = Array.from({ length: 1024 }, (_, index) =>
    anHca(index, {
      name: `mlx5_bond_${index}`,
      netdevs: Array.from({ length: index === 0 ? 300 : 1 }, (_unused, vf) => ({
        name: `enp193s0f${index}v${vf}`,
        linkType: 'ether',
        up: true,
      })),
    }),
  );
  const names = many.map(({ name }) => name);

  it.each([
    ['one name that no interface has', [aSelector({ ifNames: ['enp1s0f0np0'] })]],
    ['a thousand names', [aSelector({ ifNames: names.map((name) => `${name}x`) })]],
    ['the names of RDMA devices', [aSelector({ ifNames: names })]],
    ['PCI addresses', [aSelector({ pciAddresses: ['0000:ff:1f.7', '0000:ff:1f.6'] })]],
  ])('has at most 400 characters with its remedy for 1,024 HCAs and %s', (_, selectors) => {
    const { message, remedy } = emptyOn(many, { selectors });
    expect(message.length + remedy.length).toBeLessThanOrEqual(400);
    expect(message).toMatch(/; and 1021 more\)/);
  });

  it('shows an example of each cause', () => {
    const odd = anHca(9, { pci: null, driver: 'mlx4_core', rdmaDriver: null });
    const selectors = [aSelector({ drivers: ['mlx5_core'], ifNames: ['ens9'] })];
    const { message } = emptyOn([...Array.from({ length: 6 }, (_, index) => anHca(index)), odd], { selectors });
    expect(message).toContain(
      '(mlx5_0: expected ifNames ens9, found eth0; mlx5_9: expected drivers mlx5_core, found mlx4_core; and 5 more)',
    );
  });
});
