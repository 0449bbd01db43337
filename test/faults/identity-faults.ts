// SPDX-License-Identifier: Apache-2.0
import type { Fault } from './fault.ts';
import { absentUnits, addOne, canAddHcas, canRemove, describeHca, hcaFault, hostFault } from './host-faults.ts';
import type { Random } from './random.ts';
import { type TestHca, functionOf, isInfiniband, netdevOf, roleOf } from './test-hca.ts';
import type { TestedNode } from './tested-node.ts';

/** Returns the RDMA devices that can appear next to another one on an Ethernet function. */
function absentSiblings(node: TestedNode): readonly number[] {
  const withFirst = new Set(
    node.host.hcas.filter(({ unit }) => roleOf(unit) === 'first').map(({ unit }) => functionOf(unit)),
  );
  return (['second', 'management'] as const)
    .flatMap((role) => absentUnits(node, role))
    .filter((unit) => !isInfiniband(functionOf(unit)) && withFirst.has(functionOf(unit)));
}

const siblingAdded = hostFault(
  'sibling added',
  7,
  (node) => canAddHcas(node) && absentSiblings(node).length > 0,
  (node, random) => addOne(node, absentSiblings(node), random),
);

const siblingRemoved = hcaFault(
  'sibling removed',
  4,
  ({ host }, hca) => {
    host.remove(hca);
    return describeHca(hca);
  },
  (node, hca) => roleOf(hca.unit) !== 'first' && canRemove(node, hca),
);

const netdevMovedAway = hcaFault(
  'netdev moved to another namespace',
  8,
  ({ host }, hca) => {
    host.change(hca, { netdevAway: true });
    return `${netdevOf(hca.unit)} of ${hca.name}`;
  },
  ({ host }, hca) => !hca.netdevAway && host.remembersNetdev(hca),
);

const netdevCameBack = hcaFault(
  'netdev came back',
  3,
  ({ host }, hca) => {
    host.change(hca, { netdevAway: false });
    return `${netdevOf(hca.unit)} of ${hca.name}`;
  },
  (_, hca) => hca.netdevAway,
);

function removable(node: TestedNode): readonly TestHca[] {
  return node.host.hcas.filter((hca) => canRemove(node, hca));
}

/** Returns two different HCAs that can be removed, often two on one function. */
function pickPair(node: TestedNode, random: Random): readonly [TestHca, TestHca] | null {
  const all = removable(node);
  const paired = all.filter((hca) => all.some((other) => other !== hca && isNextTo(hca, other)));
  const onOneFunction = paired.length > 0 && random.chance(0.4);
  const first = random.pickOrNull(onOneFunction ? paired : all);
  const others = all.filter((hca) => first !== null && hca !== first && (!onOneFunction || isNextTo(hca, first)));
  const second = random.pickOrNull(others);
  return first === null || second === null ? null : [first, second];
}

function isNextTo(a: TestHca, b: TestHca): boolean {
  return functionOf(a.unit) === functionOf(b.unit);
}

/** Two HCAs come back in the other order: with the other's numbers, and sometimes with its name. */
const driverReloaded: Fault = {
  name: 'driver reloaded',
  weight: 6,
  targets: ['host'],
  possible: (node) => canAddHcas(node) && removable(node).length > 1,
  async inject(node, random) {
    const { host } = node;
    const [ms, exchangeNames] = [random.between(20, 400), random.chance(0.6)];
    const pair = pickPair(node, random);
    if (pair === null) return { details: 'none' };
    const [a, b] = pair;
    host.remove(a);
    host.remove(b);
    await node.pause(ms);
    const [nameOfA, nameOfB] = exchangeNames ? [b.name, a.name] : [a.name, b.name];
    const back = [comeBack(a, nameOfA, b.number), comeBack(b, nameOfB, a.number)];
    for (const hca of back) host.add(hca);
    return { details: `after ${ms} ms, back as ${back.map(describeHca).join(' and ')}` };
  },
};

/** A driver that loads creates the netdevs again, in the namespace of the host. */
function comeBack(hca: TestHca, name: string, number: number): TestHca {
  return { ...hca, name, number, umad: true, uverbs: roleOf(hca.unit) !== 'management', netdevAway: false };
}

export const identityFaults: readonly Fault[] = [
  ...[siblingAdded, siblingRemoved],
  ...[netdevMovedAway, netdevCameBack],
  driverReloaded,
];
