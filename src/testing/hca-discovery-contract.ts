// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { deviceNodeKinds } from '#domain/hca/hca.ts';
import { type HcaWorld, defaultHardware } from './hca-world.ts';
import { assertEqual, findUnfrozen, namesOf, nodeKindsOf, scanOne } from './inventory-assertions.ts';

/**
 * One promise of the port HcaDiscovery, for any test runner. `name` completes a sentence that begins with the adapter.
 * `run` rejects with an AssertionError where the adapter breaks the promise.
 */
export interface ContractCase {
  readonly name: string;
  readonly run: (makeWorld: () => Promise<HcaWorld>) => Promise<void>;
}

/** The promises of every HcaDiscovery. Each case makes its own world, which starts without HCAs, and closes it. */
export const hcaDiscoveryContract: readonly ContractCase[] = [
  contractCase('reports an empty list for a host without HCAs', async ({ discovery }) => {
    const { hcas } = await discovery.scan();
    assertEqual(hcas, [], 'scan() of a host without HCAs must report an empty list');
  }),
  contractCase('reports each HCA once, in natural order of the names', async (world) => {
    await addHcas(world, 'mlx5_10', 'mlx5_2', 'mlx5_1', 'irdma0');
    const names = namesOf(await world.discovery.scan());
    assertEqual(names, ['irdma0', 'mlx5_1', 'mlx5_2', 'mlx5_10'], 'scan() must report all HCAs in natural order');
  }),
  contractCase('reports an unchanged host with equal inventories', async (world) => {
    await addHcas(world, 'mlx5_0', 'mlx5_1');
    const [first, second] = [await world.discovery.scan(), await world.discovery.scan()];
    assertEqual(second, first, 'two scans of an unchanged host must be equal');
  }),
  contractCase('reports a deeply frozen inventory', async (world) => {
    await addHcas(world, 'mlx5_0');
    await world.breakHca('mlx5_0');
    const unfrozen = findUnfrozen(await world.discovery.scan());
    assert.equal(unfrozen, null, `scan() must report a deeply frozen inventory; ${unfrozen} is not frozen`);
  }),
  contractCase('reports the device nodes, ports, netdevs and PCI function of an HCA', async (world) => {
    await addHcas(world, 'mlx5_0');
    const hca = await scanOne(world.discovery);
    const [port, netdev] = [hca.ports[0], hca.netdevs[0]];
    const { driver, vendor, deviceId } = world.hardware ?? defaultHardware;
    const place = { driver: hca.driver, numaNode: hca.numaNode };
    assertEqual(place, { driver, numaNode: 0 }, 'the HCA must have its driver and be on NUMA node 0');
    const pci = { vendor: hca.pci?.vendor, deviceId: hca.pci?.deviceId, functionKind: hca.pci?.functionKind };
    assertEqual(pci, { vendor, deviceId, functionKind: 'pf' }, 'the HCA must be a physical function of the hardware');
    assertEqual(hca.ports.length, 1, 'the HCA must have one port');
    const portFacts = { number: port?.number, state: port?.state, linkLayer: port?.linkLayer, netdevs: port?.netdevs };
    const expectedPort = { number: 1, state: 'ACTIVE', linkLayer: 'Ethernet', netdevs: [netdev?.name] };
    assertEqual(portFacts, expectedPort, 'port 1 must be an active Ethernet port with the netdev of the HCA');
    assertEqual(hca.netdevs.length, 1, 'the HCA must have one netdev');
    assertEqual([netdev?.linkType, netdev?.up], ['ether', true], 'the netdev must be an Ethernet link that is up');
    assert.notEqual(netdev?.name, '', 'the netdev must have a name');
    assertEqual(nodeKindsOf(hca), ['uverbs', 'umad', 'rdma_cm'], 'the HCA must have its three device nodes');
  }),
  contractCase('reports device nodes in order of their kinds, with their paths on the host', async (world) => {
    await addHcas(world, 'mlx5_0', 'mlx5_1');
    for (const { deviceNodes } of (await world.discovery.scan()).hcas) {
      const order = deviceNodes.map((node) => deviceNodeKinds.indexOf(node.kind));
      const sorted = order.toSorted((a, b) => a - b);
      assertEqual(order, sorted, 'device nodes must be in the order of deviceNodeKinds');
      for (const { path } of deviceNodes)
        assert.match(path, /^\/dev\/infiniband\/((uverbs|umad)\d+|rdma_cm)$/, `${path} is not a path on the host`);
    }
  }),
  contractCase('reports separate uverbs and umad nodes for each HCA, and one rdma_cm node for all', async (world) => {
    await addHcas(world, 'mlx5_0', 'mlx5_1', 'mlx5_2');
    const { hcas } = await world.discovery.scan();
    const paths = hcas.flatMap((hca) => hca.deviceNodes.map((node) => node.path));
    const rdmaCm = paths.filter((path) => path === '/dev/infiniband/rdma_cm');
    assertEqual(new Set(paths).size, 3 + 3 + 1, 'three HCAs must have three uverbs, three umad and one rdma_cm node');
    assertEqual(rdmaCm.length, 3, 'each HCA must have the node /dev/infiniband/rdma_cm');
  }),
  contractCase('reports an added HCA, and stops reporting a removed one', async (world) => {
    await addHcas(world, 'mlx5_0', 'mlx5_1');
    await world.discovery.scan();
    await addHcas(world, 'mlx5_2');
    await world.remove('mlx5_0');
    const inventory = await world.discovery.scan();
    assertEqual(namesOf(inventory), ['mlx5_1', 'mlx5_2'], 'scan() must report the HCAs that are present now');
    assertEqual(inventory.problems, [], 'a removed HCA must not be reported as a problem');
  }),
  contractCase('reports the remaining HCAs unchanged when one is removed', async (world) => {
    await addHcas(world, 'mlx5_0', 'mlx5_1', 'mlx5_2');
    const before = await world.discovery.scan();
    await world.remove('mlx5_1');
    const after = await world.discovery.scan();
    const remaining = before.hcas.filter((hca) => hca.name !== 'mlx5_1');
    assertEqual(after.hcas, remaining, 'removing one HCA must not change the others');
  }),
  contractCase('reports a broken HCA without its node and with a problem, next to healthy HCAs', async (world) => {
    await addHcas(world, 'mlx5_0', 'mlx5_1');
    const before = await world.discovery.scan();
    await world.breakHca('mlx5_0');
    const after = await world.discovery.scan();
    assertEqual(namesOf(after), ['mlx5_0', 'mlx5_1'], 'scan() must still report an HCA that lost its uverbs node');
    const kinds = after.hcas.slice(0, 1).flatMap(nodeKindsOf);
    assertEqual(kinds, ['umad', 'rdma_cm'], 'the broken HCA must keep its other device nodes only');
    assertEqual(after.hcas[1], before.hcas[1], 'a broken HCA must not change the others');
    const problems = after.problems.map(({ code, actor, subject }) => ({ code, actor, subject }));
    const expected = [{ code: 'DEVICE_NODE_MISSING', actor: 'node', subject: 'mlx5_0' }];
    assertEqual(problems, expected, 'scan() must report the missing uverbs node as one problem');
    const { message = '', remedy = '' } = after.problems[0] ?? {};
    const path = before.hcas[0]?.deviceNodes[0]?.path ?? 'the uverbs node of mlx5_0';
    assert.ok(message.includes(path), `the message of the problem must name ${path}: ${message}`);
    assert.notEqual(remedy, '', 'the problem must have a remedy');
  }),
  contractCase('reports null for what a software device does not have', async (world) => {
    await world.add({ name: 'rxe0', soft: true });
    const { name, pci, driver, numaNode } = await scanOne(world.discovery);
    const expected = { name: 'rxe0', pci: null, driver: null, numaNode: null };
    assertEqual({ name, pci, driver, numaNode }, expected, 'a software device must have null for what it lacks');
  }),
  contractCase('reports that a port goes down and comes up', async (world) => {
    await addHcas(world, 'mlx5_0');
    await world.setPortState('mlx5_0', 'DOWN');
    const down = await scanOne(world.discovery);
    await world.setPortState('mlx5_0', 'ACTIVE');
    const up = await scanOne(world.discovery);
    const states = [down.ports[0]?.state, up.ports[0]?.state];
    assertEqual(states, ['DOWN', 'ACTIVE'], 'scan() must report the present state of a port');
  }),
  contractCase('reports equal inventories to concurrent scans', async (world) => {
    await addHcas(world, 'mlx5_0', 'mlx5_1');
    await world.breakHca('mlx5_1');
    const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => world.discovery.scan()));
    assertEqual(namesOf(first), ['mlx5_0', 'mlx5_1'], 'concurrent scans must report all HCAs');
    for (const other of others) assertEqual(other, first, 'concurrent scans must be equal');
  }),
  contractCase('rejects with a path and a remedy when the place that it scans is missing', async (world) => {
    if (world.lose === null) {
      const { hcas } = await world.discovery.scan();
      assertEqual(hcas, [], 'an adapter that scans no place must never reject');
      return;
    }
    await world.lose();
    const problem = await problemOf(world.discovery.scan());
    assertEqual(problem.get('actor'), 'operator', 'the problem must have the actor operator');
    assert.match(String(problem.get('subject')), /^\//, 'the subject of the problem must be the missing path');
    assert.match(String(problem.get('remedy')), /\S/, 'the problem must have a remedy');
  }),
];

function contractCase(name: string, check: (world: HcaWorld) => Promise<void>): ContractCase {
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

async function addHcas(world: HcaWorld, ...names: readonly string[]): Promise<void> {
  for (const name of names) await world.add({ name });
}

/** Returns the one problem of the rejection. Checks its shape: a third-party adapter may throw its own error class. */
async function problemOf(scan: Promise<unknown>): Promise<ReadonlyMap<string, unknown>> {
  const error: unknown = await scan.catch((rejection: unknown) => rejection);
  assert.ok(
    error instanceof Error && 'problems' in error && Array.isArray(error.problems),
    `scan() must reject with an error that has problems, not with ${String(error)}`,
  );
  const problems: readonly unknown[] = error.problems;
  assertEqual(problems.length, 1, 'the error must have one problem');
  return new Map<string, unknown>(Object.entries(problems[0] ?? {}));
}
