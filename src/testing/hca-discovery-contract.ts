// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { type DeviceNodeKind, deviceNodeKinds } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import { type CompleteHardware, type ContractCase, addHcas, contractCase } from './contract-case.ts';
import { assertEqual, findUnfrozen, namesOf, nodeKindsOf, scanOne } from './inventory-assertions.ts';

/** The promises of every HcaDiscovery. */
export const hcaDiscoveryContract: readonly ContractCase[] = [
  contractCase('reports an empty list for a host without HCAs', async ({ discovery }) => {
    const { hcas } = await discovery.scan();
    assertEqual(hcas, [], 'scan() of a host without HCAs must report an empty list');
  }),
  contractCase('reports each HCA once, in natural order of the names', async (world, hardware) => {
    const added = await addHcas(world, hardware, 10, 2, 1);
    const names = namesOf(await world.discovery.scan());
    assertEqual(names, added.toSorted(compareNaturally), 'scan() must report all HCAs in natural order');
  }),
  contractCase('reports an unchanged host with equal inventories', async (world, hardware) => {
    await addHcas(world, hardware, 0, 1);
    const [first, second] = [await world.discovery.scan(), await world.discovery.scan()];
    assertEqual(second, first, 'two scans of an unchanged host must be equal');
  }),
  contractCase('reports a deeply frozen inventory', async (world, hardware) => {
    await addHcas(world, hardware, 0);
    await world.breakHca(hardware.nameOf(0));
    const unfrozen = findUnfrozen(await world.discovery.scan());
    assert.equal(unfrozen, null, `scan() must report a deeply frozen inventory; ${unfrozen} is not frozen`);
  }),
  contractCase('reports the driver, NUMA node and PCI function of an HCA', async (world, hardware) => {
    await addHcas(world, hardware, 0);
    const { driver, numaNode, pci } = await scanOne(world.discovery);
    const { vendor, deviceId } = hardware;
    const place = { driver, numaNode };
    assertEqual(place, { driver: hardware.driver, numaNode: 0 }, 'the HCA must have its driver and be on NUMA node 0');
    const facts = { vendor: pci?.vendor, deviceId: pci?.deviceId, functionKind: pci?.functionKind };
    assertEqual(facts, { vendor, deviceId, functionKind: 'pf' }, 'the HCA must be a physical function of the hardware');
    assertEqual(pci?.physicalFunction, null, 'a physical function must not be a function of another one');
  }),
  contractCase('reports a virtual function with its physical function', async (world, hardware) => {
    const [physical = ''] = await addHcas(world, hardware, 0);
    if (!hardware.hasVirtualFunctions) {
      const { pci } = await scanOne(world.discovery);
      assertEqual(pci?.functionKind, 'pf', 'hardware without virtual functions must not report any');
      return;
    }
    const virtual = hardware.nameOf(1);
    await world.add({ name: virtual, virtualFunctionOf: physical });
    const { hcas } = await world.discovery.scan();
    const [own, owner] = [virtual, physical].map((name) => hcas.find((hca) => hca.name === name)?.pci);
    const facts = { functionKind: own?.functionKind, physicalFunction: own?.physicalFunction };
    const expected = { functionKind: 'vf', physicalFunction: owner?.address };
    assertEqual(facts, expected, 'a virtual function must have the address of its physical function');
    assert.notEqual(own?.address, owner?.address, 'a virtual function must have an address of its own');
  }),
  contractCase('reports the ports of an HCA with their netdevs', async (world, hardware) => {
    await addHcas(world, hardware, 0);
    const { ports, netdevs } = await scanOne(world.discovery);
    const facts = ports.map((port) => ({
      number: port.number,
      state: port.state,
      linkLayer: port.linkLayer,
      netdevs: port.netdevs.length,
    }));
    assertEqual(facts, expectedPorts(hardware), 'the HCA must have its ports in order of their numbers');
    const ofPorts = ports.flatMap((port) => port.netdevs).toSorted(compareNaturally);
    const names = netdevs.map(({ name }) => name);
    assertEqual(names, ofPorts, 'the netdevs of the HCA must be those of its ports, in natural order');
    const linkType = hardware.linkLayer === 'InfiniBand' ? 'infiniband' : 'ether';
    for (const { name, ...state } of netdevs)
      assertEqual(state, { linkType, up: true }, `the netdev ${name} must be up and of the link type of its port`);
  }),
  contractCase('reports the device nodes of an HCA', async (world, hardware) => {
    await addHcas(world, hardware, 0);
    const hca = await scanOne(world.discovery);
    assertEqual(nodeKindsOf(hca), expectedKinds(hardware), 'the HCA must have the device nodes of the hardware');
    for (const kind of ['umad', 'issm'] as const) {
      const ports = hca.deviceNodes.filter((node) => node.kind === kind).map(({ port }) => port);
      const expected = hardware.deviceNodeKinds.includes(kind) ? hca.ports.map(({ number }) => number) : [];
      assertEqual(ports, expected, `each port must have one ${kind} node, if the hardware has such nodes`);
    }
  }),
  contractCase(
    'reports device nodes in order of their kinds, with their paths on the host',
    async (world, hardware) => {
      await addHcas(world, hardware, 0, 1);
      for (const { deviceNodes } of (await world.discovery.scan()).hcas) {
        const order = deviceNodes.map((node) => deviceNodeKinds.indexOf(node.kind));
        const sorted = order.toSorted((a, b) => a - b);
        assertEqual(order, sorted, 'device nodes must be in the order of deviceNodeKinds');
        for (const { path } of deviceNodes)
          assert.match(
            path,
            /^\/dev\/infiniband\/((uverbs|umad|issm|ucm)\d+|rdma_cm)$/,
            `${path} is not a path on the host`,
          );
      }
    },
  ),
  contractCase('reports nodes of its own for each HCA, and one rdma_cm node for all', async (world, hardware) => {
    await addHcas(world, hardware, 0, 1, 2);
    const { hcas } = await world.discovery.scan();
    const paths = hcas.flatMap((hca) => hca.deviceNodes.map((node) => node.path));
    const kinds = expectedKinds(hardware);
    const shared = kinds.filter((kind) => kind === 'rdma_cm').length;
    const count = 3 * (kinds.length - shared) + shared;
    assertEqual(new Set(paths).size, count, 'three HCAs must have nodes of their own, and only rdma_cm in common');
    const rdmaCm = paths.filter((path) => path === '/dev/infiniband/rdma_cm');
    assertEqual(rdmaCm.length, 3 * shared, 'each HCA must have the node /dev/infiniband/rdma_cm, or none of them');
  }),
  contractCase('reports an added HCA, and stops reporting a removed one', async (world, hardware) => {
    await addHcas(world, hardware, 0, 1);
    await world.discovery.scan();
    await addHcas(world, hardware, 2);
    await world.remove(hardware.nameOf(0));
    const inventory = await world.discovery.scan();
    const expected = [1, 2].map(hardware.nameOf);
    assertEqual(namesOf(inventory), expected, 'scan() must report the HCAs that are present now');
    assertEqual(inventory.problems, [], 'a removed HCA must not be reported as a problem');
  }),
  contractCase('reports the remaining HCAs unchanged when one is removed', async (world, hardware) => {
    const [, removed = ''] = await addHcas(world, hardware, 0, 1, 2);
    const before = await world.discovery.scan();
    await world.remove(removed);
    const after = await world.discovery.scan();
    const remaining = before.hcas.filter((hca) => hca.name !== removed);
    assertEqual(after.hcas, remaining, 'removing one HCA must not change the others');
  }),
  contractCase(
    'reports a broken HCA without its node and with a problem, next to healthy HCAs',
    async (world, hardware) => {
      const names = await addHcas(world, hardware, 0, 1);
      const [broken = ''] = names;
      const before = await world.discovery.scan();
      await world.breakHca(broken);
      const after = await world.discovery.scan();
      assertEqual(namesOf(after), names, 'scan() must still report an HCA that lost its uverbs node');
      const kinds = after.hcas.slice(0, 1).flatMap(nodeKindsOf);
      const others = expectedKinds(hardware).filter((kind) => kind !== 'uverbs');
      assertEqual(kinds, others, 'the broken HCA must keep its other device nodes only');
      assertEqual(after.hcas[1], before.hcas[1], 'a broken HCA must not change the others');
      const problems = after.problems.map(({ code, actor, subject }) => ({ code, actor, subject }));
      const expected = [{ code: 'DEVICE_NODE_MISSING', actor: 'node', subject: broken }];
      assertEqual(problems, expected, 'scan() must report the missing uverbs node as one problem');
      const { message = '', remedy = '' } = after.problems[0] ?? {};
      const path = before.hcas[0]?.deviceNodes[0]?.path ?? `the uverbs node of ${broken}`;
      assert.ok(message.includes(path), `the message of the problem must name ${path}: ${message}`);
      assert.notEqual(remedy, '', 'the problem must have a remedy');
    },
  ),
  contractCase('reports null for what a software device does not have', async (world, hardware) => {
    if (!hardware.hasSoftDevices) {
      await addHcas(world, hardware, 0);
      const hca = await scanOne(world.discovery);
      assert.notEqual(hca.pci, null, 'hardware without software devices must report PCI functions');
      return;
    }
    await world.add({ name: 'rxe0', soft: true });
    const { name, pci, driver, numaNode } = await scanOne(world.discovery);
    const expected = { name: 'rxe0', pci: null, driver: null, numaNode: null };
    assertEqual({ name, pci, driver, numaNode }, expected, 'a software device must have null for what it lacks');
  }),
  contractCase('reports that a port goes down and comes up', async (world, hardware) => {
    const [name = ''] = await addHcas(world, hardware, 0);
    await world.setPortState(name, 'DOWN');
    const down = await scanOne(world.discovery);
    await world.setPortState(name, 'ACTIVE');
    const up = await scanOne(world.discovery);
    const states = [down.ports[0]?.state, up.ports[0]?.state];
    assertEqual(states, ['DOWN', 'ACTIVE'], 'scan() must report the present state of a port');
  }),
  contractCase('reports equal inventories to concurrent scans', async (world, hardware) => {
    const names = await addHcas(world, hardware, 0, 1);
    await world.breakHca(hardware.nameOf(1));
    const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => world.discovery.scan()));
    assertEqual(namesOf(first), names, 'concurrent scans must report all HCAs');
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

/** Returns the kinds of the device nodes of one HCA, one for each node. */
function expectedKinds({ deviceNodeKinds: kinds, portCount }: CompleteHardware): readonly DeviceNodeKind[] {
  return deviceNodeKinds
    .filter((kind) => kinds.includes(kind))
    .flatMap((kind) => (kind === 'umad' || kind === 'issm' ? Array.from({ length: portCount }, () => kind) : [kind]));
}

/** Returns what a scan must report of the ports, apart from the names of their netdevs. */
function expectedPorts({ linkLayer, portCount, hasNetdevs }: CompleteHardware): readonly object[] {
  const netdevs = hasNetdevs ? 1 : 0;
  return Array.from({ length: portCount }, (_, index) => ({ number: index + 1, state: 'ACTIVE', linkLayer, netdevs }));
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
