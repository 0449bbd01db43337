// SPDX-License-Identifier: Apache-2.0
import type { Fault } from './fault.ts';
import type { Random } from './random.ts';
import { type HostState, type TestHca, maxHcas, vendors } from './test-host.ts';
import type { TestedNode } from './tested-node.ts';

/** `change` changes the host and returns the details. */
function hostFault(
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
function stateFaults(name: string, key: keyof HostState, usual: boolean): readonly Fault[] {
  const set = (value: boolean) => (node: TestedNode) => {
    node.host.setState({ [key]: value });
    return '';
  };
  return [
    hostFault(name, 1.5, ({ host }) => host.state[key] === usual, set(!usual)),
    hostFault(`${name}: undone`, 12, ({ host }) => host.state[key] !== usual, set(usual)),
  ];
}

/** Returns an HCA with a free number. */
export function randomHca(node: TestedNode, random: Random): TestHca {
  const free = Array.from({ length: maxHcas }, (_, number) => number).filter((number) =>
    node.host.hcas.every((hca) => hca.number !== number),
  );
  const number = random.pickOrNull(free) ?? 0;
  return {
    number,
    name: `mlx5_${number}`,
    vendor: random.chance(0.75) ? '15b3' : random.pick(vendors),
    uverbs: true,
    umad: true,
    port: 'ACTIVE',
  };
}

const hcaAdded = hostFault(
  'HCA added',
  6,
  ({ host }) => host.state.classPresent && host.state.nodesPresent && host.hcas.length < maxHcas,
  (node, random) => {
    const hca = randomHca(node, random);
    node.host.add(hca);
    return `${hca.name} of vendor ${hca.vendor}`;
  },
);

const hasHca = ({ host }: TestedNode): boolean =>
  host.state.classPresent && host.state.nodesPresent && host.hcas.length > 0;

function hcaFault(
  name: string,
  weight: number,
  change: (node: TestedNode, hca: TestHca, random: Random) => string,
): Fault {
  return hostFault(name, weight, hasHca, (node, random) => {
    const hca = random.pickOrNull(node.host.hcas);
    return hca === null ? '' : change(node, hca, random);
  });
}

const hcaRemoved = hcaFault('HCA removed', 4, ({ host }, hca) => {
  host.remove(hca);
  return hca.name;
});

const hcaRenamed = hcaFault('HCA renamed', 3, ({ host }, hca, random) => {
  const name = `rocep${hca.number}s${random.between(0, 9)}`;
  host.remove(hca);
  host.add({ ...hca, name });
  return `${hca.name} to ${name}`;
});

const deviceNodesChanged = hcaFault('device nodes of an HCA changed', 5, ({ host }, hca, random) => {
  const nodes = { uverbs: random.chance(0.6), umad: random.chance(0.5) };
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
  ...stateFaults('/sys/class/infiniband removed', 'classPresent', true),
  ...stateFaults('/dev/infiniband removed', 'nodesPresent', true),
];
