// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { deviceNodeKinds, type Hca, type Inventory } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';

/** What the HCAs of a world are: those of a ConnectX-6 Dx, unless the world says otherwise. */
export interface WorldHardware {
  readonly driver: string | null;
  readonly vendor: string;
  readonly deviceId: string;
}

/**
 * A host that a test can change, and the adapter under test that looks at it. An HCA is a physical function on NUMA node 0 with
 * one port, number 1, Ethernet, ACTIVE, with one netdev that is up, and has the device nodes uverbs, umad and rdma_cm.
 */
export interface HcaWorld {
  readonly discovery: HcaDiscovery;
  readonly hardware?: WorldHardware;
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

/** One promise of the port, for any test runner. `run` rejects with an AssertionError where the adapter does not keep it. */
export interface ContractCase {
  readonly name: string;
  readonly run: (makeWorld: () => Promise<HcaWorld>) => Promise<void>;
}

const mlx5: WorldHardware = { driver: 'mlx5_core', vendor: '15b3', deviceId: '101d' };

/** What every adapter of HcaDiscovery promises. `makeWorld` makes an empty host; each case makes and closes one of its own. */
export const hcaDiscoveryContract: readonly ContractCase[] = [
  promise('reports an empty list for a host without HCAs', async (world) => {
    same((await world.discovery.scan()).hcas, []);
  }),
  promise('reports each HCA once, in natural order of the names', async (world) => {
    await addAll(world, 'mlx5_10', 'mlx5_2', 'mlx5_1', 'irdma0');
    same(names(await world.discovery.scan()), ['irdma0', 'mlx5_1', 'mlx5_2', 'mlx5_10']);
  }),
  promise('reports the same of an unchanged host', async (world) => {
    await addAll(world, 'mlx5_0', 'mlx5_1');
    same(await world.discovery.scan(), await world.discovery.scan());
  }),
  promise('reports a value that nobody can change', async (world) => {
    await addAll(world, 'mlx5_0');
    await world.breakHca('mlx5_0');
    assert.equal(firstThatIsNotFrozen(await world.discovery.scan()), null);
  }),
  promise('reports the nodes, ports, netdevs and PCI function of an HCA', async (world) => {
    await addAll(world, 'mlx5_0');
    const hca = await only(world.discovery);
    const { driver, ...ids } = world.hardware ?? mlx5;
    same(
      { driver: hca.driver, numaNode: hca.numaNode, kind: hca.pci?.functionKind },
      { driver, numaNode: 0, kind: 'pf' },
    );
    same({ vendor: hca.pci?.vendor, deviceId: hca.pci?.deviceId }, ids);
    const ports = hca.ports.map(({ number, state, linkLayer, netdevs }) => ({ number, state, linkLayer, netdevs }));
    same(ports, [{ number: 1, state: 'ACTIVE', linkLayer: 'Ethernet', netdevs: hca.netdevs.map(({ name }) => name) }]);
    same(
      hca.netdevs.map(({ linkType, up }) => ({ linkType, up })),
      [{ linkType: 'ether', up: true }],
    );
    assert.notEqual(hca.netdevs[0]?.name, '');
    same(kinds(hca), ['uverbs', 'umad', 'rdma_cm']);
  }),
  promise('lists device nodes in order of their kinds, by their path on the host', async (world) => {
    await addAll(world, 'mlx5_0', 'mlx5_1');
    for (const hca of (await world.discovery.scan()).hcas) {
      const order = hca.deviceNodes.map((node) => deviceNodeKinds.indexOf(node.kind));
      same(
        order,
        order.toSorted((a, b) => a - b),
      );
      for (const node of hca.deviceNodes) assert.match(node.path, /^\/dev\/infiniband\/((uverbs|umad)\d+|rdma_cm)$/);
    }
  }),
  promise('gives each HCA uverbs and umad nodes of its own, and all the one rdma_cm', async (world) => {
    await addAll(world, 'mlx5_0', 'mlx5_1', 'mlx5_2');
    const paths = (await world.discovery.scan()).hcas.flatMap((hca) => hca.deviceNodes.map((node) => node.path));
    assert.equal(new Set(paths).size, 3 + 3 + 1);
    assert.equal(paths.filter((path) => path === '/dev/infiniband/rdma_cm').length, 3);
  }),
  promise('shows an HCA that was added and no longer one that was removed', async (world) => {
    await addAll(world, 'mlx5_0', 'mlx5_1');
    await world.discovery.scan();
    await addAll(world, 'mlx5_2');
    await world.remove('mlx5_0');
    const seen = await world.discovery.scan();
    same(names(seen), ['mlx5_1', 'mlx5_2']);
    same(seen.problems, []);
  }),
  promise('leaves the other HCAs as they were when one is removed', async (world) => {
    await addAll(world, 'mlx5_0', 'mlx5_1', 'mlx5_2');
    const before = await world.discovery.scan();
    await world.remove('mlx5_1');
    same(
      (await world.discovery.scan()).hcas,
      before.hcas.filter((hca) => hca.name !== 'mlx5_1'),
    );
  }),
  promise('reports a broken HCA without its node and with a problem, beside healthy ones', async (world) => {
    await addAll(world, 'mlx5_0', 'mlx5_1');
    const before = await world.discovery.scan();
    await world.breakHca('mlx5_0');
    const after = await world.discovery.scan();
    same(names(after), ['mlx5_0', 'mlx5_1']);
    same(after.hcas.slice(0, 1).flatMap(kinds), ['umad', 'rdma_cm']);
    same(after.hcas[1], before.hcas[1]);
    const found = after.problems.map(({ code, actor, subject }) => ({ code, actor, subject }));
    same(found, [{ code: 'DEVICE_NODE_MISSING', actor: 'node', subject: 'mlx5_0' }]);
    const path = before.hcas[0]?.deviceNodes[0]?.path ?? 'no uverbs node was there';
    assert.ok(
      after.problems[0]?.message.includes(path),
      `the message does not name ${path}: ${after.problems[0]?.message}`,
    );
    assert.notEqual(after.problems[0]?.remedy, '');
  }),
  promise('says null for what a soft device lacks', async (world) => {
    await world.add({ name: 'rxe0', soft: true });
    const { name, pci, driver, numaNode } = await only(world.discovery);
    same({ name, pci, driver, numaNode }, { name: 'rxe0', pci: null, driver: null, numaNode: null });
  }),
  promise('sees a port go down and come up', async (world) => {
    await addAll(world, 'mlx5_0');
    await world.setPortState('mlx5_0', 'DOWN');
    const down = await only(world.discovery);
    await world.setPortState('mlx5_0', 'ACTIVE');
    const up = await only(world.discovery);
    same([down.ports[0]?.state, up.ports[0]?.state], ['DOWN', 'ACTIVE']);
  }),
  promise('gives equal answers to calls at the same time', async (world) => {
    await addAll(world, 'mlx5_0', 'mlx5_1');
    await world.breakHca('mlx5_1');
    const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => world.discovery.scan()));
    same(names(first), ['mlx5_0', 'mlx5_1']);
    for (const other of others) same(other, first);
  }),
  promise(
    'rejects with the place and a remedy when there is nothing to look at; without a place of its own, never',
    async (world) => {
      if (world.lose === null) {
        same((await world.discovery.scan()).hcas, []);
        return;
      }
      await world.lose();
      const error: unknown = await world.discovery.scan().catch((caught: unknown) => caught);
      // By shape: an adapter outside need not have our class.
      assert.ok(
        error instanceof Error && 'problems' in error && Array.isArray(error.problems),
        `no error with problems: ${String(error)}`,
      );
      const problems: readonly unknown[] = error.problems;
      assert.equal(problems.length, 1);
      const problem = new Map<string, unknown>(Object.entries(problems[0] ?? {}));
      assert.equal(problem.get('actor'), 'operator');
      assert.match(String(problem.get('subject')), /^\//);
      assert.match(String(problem.get('remedy')), /\S/);
    },
  ),
];

/** Some runners give tests another realm than what Node's modules make, where equal values have other prototypes. */
function same(actual: unknown, expected: unknown): void {
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  assert.deepEqual(plain(actual), plain(expected));
}

function promise(name: string, check: (world: HcaWorld) => Promise<void>): ContractCase {
  const run: ContractCase['run'] = async (makeWorld) => {
    const world = await makeWorld();
    try {
      await check(world);
    } finally {
      await world.close();
    }
  };
  return { name, run };
}

async function addAll(world: HcaWorld, ...hcas: readonly string[]): Promise<void> {
  for (const name of hcas) await world.add({ name });
}

function kinds(hca: Hca): readonly string[] {
  return hca.deviceNodes.map((node) => node.kind);
}

function names(inventory: Inventory | undefined): readonly string[] {
  const found = inventory?.hcas.map((hca) => hca.name) ?? [];
  same(found, [...new Set(found)].toSorted(compareNaturally));
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
