// SPDX-License-Identifier: Apache-2.0
import type { Fault } from './fault.ts';
import type { Random } from './random.ts';
import { type Role, type TestHca, functionCount, functionOf, roleOf, unitOf, vendors } from './test-hca.ts';
import type { HostState } from './test-host.ts';
import type { TestedNode } from './tested-node.ts';

/** `change` changes the host and returns the details. */
export function hostFault(
  name: string,
  weight: number,
  possible: (node: TestedNode) => boolean,
  change: (node: TestedNode, random: Random) => string,
): Fault {
  return { name, weight, targets: ['host'], possible, inject: (node, random) => ({ details: change(node, random) }) };
}

/**
 * Returns two faults that change one part of the host's state: away from its usual value, and back. The second has a
 * high weight, because most other faults have no effect on a host without RDMA.
 */
function stateFaults(
  name: string,
  key: keyof HostState,
  usual: boolean,
  possible: (node: TestedNode) => boolean = () => true,
): readonly Fault[] {
  const set = (value: boolean) => (node: TestedNode) => {
    node.host.setState({ [key]: value });
    return '';
  };
  return [
    hostFault(name, 1.5, (node) => node.host.state[key] === usual && possible(node), set(!usual)),
    hostFault(`${name}: undone`, 12, ({ host }) => host.state[key] !== usual, set(usual)),
  ];
}

/** Returns the HCAs with this role that can be added. */
export function absentUnits({ host }: TestedNode, role: Role): readonly number[] {
  return Array.from({ length: functionCount }, (_, onFunction) => unitOf(role, onFunction)).filter(
    (unit) => host.hcas.every((hca) => hca.unit !== unit) && host.identities.canAdd(unit),
  );
}

/** Returns the HCA with free names, as a driver creates it. */
function newHca({ host }: TestedNode, unit: number, random: Random): TestHca {
  const neighbour = host.hcas.find((hca) => functionOf(hca.unit) === functionOf(unit));
  const vendor = random.chance(0.75) ? '15b3' : random.pick(vendors);
  return {
    unit,
    ...host.freeNames(unit),
    vendor: neighbour?.vendor ?? vendor,
    uverbs: roleOf(unit) !== 'management',
    umad: true,
    port: 'ACTIVE',
    netdevAway: false,
  };
}

export function canAddHcas({ host: { state } }: TestedNode): boolean {
  return state.classPresent && state.nodesPresent;
}

/** Adds one of these HCAs. Returns the details. */
export function addOne(node: TestedNode, units: readonly number[], random: Random): string {
  const unit = random.pickOrNull(units);
  if (unit === null) return 'none';
  const hca = newHca(node, unit, random);
  node.host.add(hca);
  return describeHca(hca);
}

export function describeHca({ unit, name, number, vendor }: TestHca): string {
  const role = { first: 'function', second: 'second device of function', management: 'SMI device of function' };
  return `${name} (uverbs${number}), ${role[roleOf(unit)]} ${functionOf(unit)}, of vendor ${vendor}`;
}

const hcaAdded = hostFault(
  'HCA added',
  6,
  (node) => canAddHcas(node) && absentUnits(node, 'first').length > 0,
  (node, random) => addOne(node, absentUnits(node, 'first'), random),
);

/** `accepts` tells which HCAs the fault can change. */
export function hcaFault(
  name: string,
  weight: number,
  change: (node: TestedNode, hca: TestHca, random: Random) => string,
  accepts: (node: TestedNode, hca: TestHca) => boolean = () => true,
): Fault {
  const candidates = (node: TestedNode): readonly TestHca[] =>
    canAddHcas(node) ? node.host.hcas.filter((hca) => accepts(node, hca)) : [];
  return hostFault(
    name,
    weight,
    (node) => candidates(node).length > 0,
    (node, random) => {
      const hca = random.pickOrNull(candidates(node));
      return hca === null ? 'none' : change(node, hca, random);
    },
  );
}

export const canRemove = ({ host }: TestedNode, hca: TestHca): boolean => host.canRemove(hca);

const hcaRemoved = hcaFault(
  'HCA removed',
  4,
  ({ host }, hca) => {
    host.remove(hca);
    return describeHca(hca);
  },
  (node, hca) => canRemove(node, hca) && roleOf(hca.unit) === 'first',
);

const hcaRenamed = hcaFault(
  'HCA renamed',
  3,
  ({ host }, hca, random) => {
    const free = Array.from({ length: 10 }, (_, index) => `rocep${hca.unit}s${index}`);
    const name = random.pickOrNull(free.filter((one) => host.canBeNamed(hca.unit, one))) ?? hca.name;
    host.remove(hca);
    host.add({ ...hca, name, netdevAway: false });
    return `${hca.name} to ${name}`;
  },
  canRemove,
);

const deviceNodesChanged = hcaFault('device nodes of an HCA changed', 5, ({ host }, hca, random) => {
  const hasUverbs = random.chance(0.6) && roleOf(hca.unit) !== 'management';
  const nodes = { uverbs: hasUverbs, umad: random.chance(0.5) };
  host.change(hca, nodes);
  return `${hca.name}: ${nodes.uverbs ? 'uverbs' : 'no uverbs'}, ${nodes.umad ? 'umad' : 'no umad'}`;
});

const portUpOrDown = hcaFault('port up or down', 5, ({ host }, hca) => {
  const port = hca.port === 'ACTIVE' ? 'DOWN' : 'ACTIVE';
  host.change(hca, { port });
  return `${hca.name}: ${port}`;
});

const portStateUnreadable = hcaFault('port state unreadable', 3, ({ host }, hca) => {
  host.change(hca, { port: null });
  return hca.name;
});

export const hostFaults: readonly Fault[] = [
  ...[hcaAdded, hcaRemoved, hcaRenamed, deviceNodesChanged, portUpOrDown, portStateUnreadable],
  ...stateFaults('exclusive netns mode', 'exclusive', false),
  // The memory of a netdev ends with its HCA, and without the class no HCA is there.
  ...stateFaults('/sys/class/infiniband removed', 'classPresent', true, ({ host }) =>
    host.hcas.every(({ netdevAway }) => !netdevAway),
  ),
  ...stateFaults('/dev/infiniband removed', 'nodesPresent', true),
];
