// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ProblemError } from '#domain/errors.ts';
import { compareNaturally, deviceNodeKinds, type Hca, type Inventory } from '#domain/hca.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';

/** A host that a test can change, and the adapter under test that looks at it. An HCA has one port, number 1. */
export interface HcaWorld {
  readonly discovery: HcaDiscovery;
  /** `soft`: without a PCI function, NUMA node and driver. */
  add(hca: { readonly name: string; readonly soft?: boolean }): Promise<void>;
  remove(name: string): Promise<void>;
  /** Takes the uverbs node away. */
  breakHca(name: string): Promise<void>;
  setPortState(name: string, state: 'ACTIVE' | 'DOWN'): Promise<void>;
  /** Takes away the place where the adapter looks. Null for an adapter that has none. */
  readonly lose: (() => Promise<void>) | null;
  close(): Promise<void>;
}

/** What every adapter of HcaDiscovery promises. `makeWorld` makes an empty host. */
export function hcaDiscoverySuite(adapter: string, capabilities: { readonly hasPlace: boolean }, makeWorld: () => Promise<HcaWorld>): void {
  describe(`HcaDiscovery: ${adapter}`, () => {
    let world: HcaWorld;
    beforeEach(async () => {
      world = await makeWorld();
    });
    afterEach(() => world.close());

    async function addAll(...hcas: readonly string[]): Promise<void> {
      for (const name of hcas) await world.add({ name });
    }

    it('reports an empty list for a host without HCAs', async () => {
      await expect(world.discovery.scan()).resolves.toMatchObject({ hcas: [] });
    });

    it('reports each HCA once, in natural order of the names', async () => {
      await addAll('mlx5_10', 'mlx5_2', 'mlx5_1', 'irdma0');
      expect(names(await world.discovery.scan())).toEqual(['irdma0', 'mlx5_1', 'mlx5_2', 'mlx5_10']);
    });

    it('reports the same of an unchanged host', async () => {
      await addAll('mlx5_0', 'mlx5_1');
      expect(await world.discovery.scan()).toEqual(await world.discovery.scan());
    });

    it('reports a value that nobody can change', async () => {
      await addAll('mlx5_0');
      await world.breakHca('mlx5_0');
      expect(firstThatIsNotFrozen(await world.discovery.scan())).toBeNull();
    });

    it('reports the nodes, ports, netdevs and PCI function of an HCA', async () => {
      await addAll('mlx5_0');
      const hca = await only(world.discovery);
      expect(hca).toMatchObject({ driver: 'mlx5_core', pci: { vendor: '15b3', deviceId: '101d', functionKind: 'pf' }, numaNode: 0 });
      expect(hca.ports).toHaveLength(1);
      expect(hca.ports[0]).toMatchObject({ number: 1, state: 'ACTIVE', linkLayer: 'Ethernet', netdevs: hca.netdevs.map((one) => one.name) });
      expect(hca.netdevs).toEqual([{ name: expect.stringMatching(/./), linkType: 'ether', up: true }]);
      expect(hca.deviceNodes.map((node) => node.kind)).toEqual(['uverbs', 'umad', 'rdma_cm']);
    });

    it('lists device nodes in order of their kinds, by their path on the host', async () => {
      await addAll('mlx5_0', 'mlx5_1');
      for (const hca of (await world.discovery.scan()).hcas) {
        const order = hca.deviceNodes.map((node) => deviceNodeKinds.indexOf(node.kind));
        expect(order).toEqual(order.toSorted((a, b) => a - b));
        for (const node of hca.deviceNodes) expect(node.path).toMatch(/^\/dev\/infiniband\/(uverbs|umad)\d+$|^\/dev\/infiniband\/rdma_cm$/);
      }
    });

    it('gives each HCA uverbs and umad nodes of its own, and all the one rdma_cm', async () => {
      await addAll('mlx5_0', 'mlx5_1', 'mlx5_2');
      const paths = (await world.discovery.scan()).hcas.flatMap((hca) => hca.deviceNodes.map((node) => node.path));
      expect(new Set(paths).size).toBe(3 + 3 + 1);
      expect(paths.filter((path) => path === '/dev/infiniband/rdma_cm')).toHaveLength(3);
    });

    it('shows an HCA that was added and no longer one that was removed', async () => {
      await addAll('mlx5_0', 'mlx5_1');
      await world.discovery.scan();
      await addAll('mlx5_2');
      await world.remove('mlx5_0');
      const seen = await world.discovery.scan();
      expect(names(seen)).toEqual(['mlx5_1', 'mlx5_2']);
      expect(seen.problems).toEqual([]);
    });

    it('leaves the other HCAs as they were when one is removed', async () => {
      await addAll('mlx5_0', 'mlx5_1', 'mlx5_2');
      const before = await world.discovery.scan();
      await world.remove('mlx5_1');
      expect((await world.discovery.scan()).hcas).toEqual(before.hcas.filter((hca) => hca.name !== 'mlx5_1'));
    });

    it('reports a broken HCA without its node and with a problem, beside healthy ones', async () => {
      await addAll('mlx5_0', 'mlx5_1');
      const before = await world.discovery.scan();
      await world.breakHca('mlx5_0');
      const after = await world.discovery.scan();
      expect(names(after)).toEqual(['mlx5_0', 'mlx5_1']);
      expect(after.hcas[0]?.deviceNodes.map((node) => node.kind)).toEqual(['umad', 'rdma_cm']);
      expect(after.hcas[1]).toEqual(before.hcas[1]);
      const path = before.hcas[0]?.deviceNodes[0]?.path ?? 'no uverbs node was there';
      expect(after.problems).toEqual([
        expect.objectContaining({ code: 'DEVICE_NODE_MISSING', actor: 'node', subject: 'mlx5_0', message: expect.stringContaining(path) }),
      ]);
      expect(after.problems[0]?.remedy).not.toBe('');
    });

    it('says null for what a soft device lacks', async () => {
      await world.add({ name: 'rxe0', soft: true });
      await expect(only(world.discovery)).resolves.toMatchObject({ name: 'rxe0', pci: null, driver: null, numaNode: null });
    });

    it('sees a port go down and come up', async () => {
      await addAll('mlx5_0');
      await world.setPortState('mlx5_0', 'DOWN');
      const down = await only(world.discovery);
      await world.setPortState('mlx5_0', 'ACTIVE');
      const up = await only(world.discovery);
      expect([down.ports[0]?.state, up.ports[0]?.state]).toEqual(['DOWN', 'ACTIVE']);
    });

    it('gives equal answers to calls at the same time', async () => {
      await addAll('mlx5_0', 'mlx5_1');
      await world.breakHca('mlx5_1');
      const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => world.discovery.scan()));
      expect(names(first)).toEqual(['mlx5_0', 'mlx5_1']);
      for (const other of others) expect(other).toEqual(first);
    });

    const whenLost = capabilities.hasPlace ? it : it.skip;
    whenLost('rejects with the place and a remedy when there is nothing to look at (adapters with a place of their own)', async () => {
      await world.lose?.();
      const error = await world.discovery.scan().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(ProblemError);
      const problems = error instanceof ProblemError ? error.problems : [];
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatchObject({ actor: 'operator', subject: expect.stringMatching(/^\//), remedy: expect.stringMatching(/--\w+/) });
    });
  });
}

function names(inventory: Inventory | undefined): readonly string[] {
  const found = inventory?.hcas.map((hca) => hca.name) ?? [];
  expect(found).toEqual([...new Set(found)].toSorted(compareNaturally));
  return found;
}

async function only(discovery: HcaDiscovery): Promise<Hca> {
  const [hca, ...others] = (await discovery.scan()).hcas;
  if (hca === undefined || others.length > 0) throw new Error('There is not exactly one HCA.');
  return hca;
}

function firstThatIsNotFrozen(value: unknown, path = '$'): string | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!Object.isFrozen(value)) return path;
  for (const [key, part] of Object.entries(value)) {
    const found = firstThatIsNotFrozen(part, `${path}.${key}`);
    if (found !== null) return found;
  }
  return null;
}
