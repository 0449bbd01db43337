// SPDX-License-Identifier: Apache-2.0
import type { Dice } from './dice.ts';
import type { Fault } from './fault.ts';
import { type HostState, type StagedHca, mostHcas, vendors } from './host-stage.ts';
import type { TestedNode } from './tested-node.ts';

function hostFault(
  name: string,
  weight: number,
  possible: (node: TestedNode) => boolean,
  act: (node: TestedNode, dice: Dice) => string,
): Fault {
  return { name, weight, subjects: ['host'], possible, play: (node, dice) => ({ told: act(node, dice) }) };
}

/** Most go back to shared, to a class and to nodes soon, for on a host without them little can be seen. */
function switched(name: string, key: keyof HostState, good: boolean): readonly Fault[] {
  return [
    hostFault(
      name,
      1.5,
      ({ host }) => host.state[key] === good,
      ({ host }) => told(host.setState({ [key]: !good })),
    ),
    hostFault(
      `${name}: back`,
      12,
      ({ host }) => host.state[key] !== good,
      ({ host }) => told(host.setState({ [key]: good })),
    ),
  ];
}

function told(_done: void): string {
  return '';
}

export function anyHca(node: TestedNode, dice: Dice): StagedHca {
  const free = Array.from({ length: mostHcas }, (_, number) => number).filter((number) =>
    node.host.hcas.every((hca) => hca.number !== number),
  );
  const number = dice.any(free) ?? 0;
  return {
    number,
    name: `mlx5_${number}`,
    vendor: dice.chance(0.75) ? '15b3' : dice.one(vendors),
    uverbs: true,
    umad: true,
    port: 'ACTIVE',
  };
}

const added = hostFault(
  'HCA added',
  6,
  ({ host }) => host.state.classThere && host.state.nodesThere && host.hcas.length < mostHcas,
  (node, dice) => {
    const hca = anyHca(node, dice);
    node.host.add(hca);
    return `${hca.name} of ${hca.vendor}`;
  },
);

const withHca = ({ host }: TestedNode): boolean =>
  host.state.classThere && host.state.nodesThere && host.hcas.length > 0;

function hcaFault(name: string, weight: number, act: (node: TestedNode, hca: StagedHca, dice: Dice) => string): Fault {
  return hostFault(name, weight, withHca, (node, dice) => {
    const hca = dice.any(node.host.hcas);
    return hca === null ? '' : act(node, hca, dice);
  });
}

const removed = hcaFault('HCA removed', 4, ({ host }, hca) => {
  host.remove(hca);
  return hca.name;
});

const renamed = hcaFault('HCA renamed', 3, ({ host }, hca, dice) => {
  const name = `rocep${hca.number}s${dice.between(0, 9)}`;
  host.remove(hca);
  host.add({ ...hca, name });
  return `${hca.name} to ${name}`;
});

const nodesChanged = hcaFault('nodes of an HCA gone or back', 5, ({ host }, hca, dice) => {
  const nodes = { uverbs: dice.chance(0.6), umad: dice.chance(0.5) };
  host.change(hca, nodes);
  return `${hca.name} uverbs ${nodes.uverbs}, umad ${nodes.umad}`;
});

const portFlipped = hcaFault('port of an HCA down or up', 5, ({ host }, hca) => {
  const port = hca.port === 'ACTIVE' ? 'DOWN' : 'ACTIVE';
  host.change(hca, { port });
  return `${hca.name} ${port}`;
});

const portUnreadable = hcaFault('state of a port unreadable', 3, ({ host }, hca) => {
  host.change(hca, { port: null });
  return hca.name;
});

export const hostFaults: readonly Fault[] = [
  ...[added, removed, renamed, nodesChanged, portFlipped, portUnreadable],
  ...switched('exclusive netns mode', 'exclusive', false),
  ...switched('class directory gone', 'classThere', true),
  ...switched('/dev/infiniband gone', 'nodesThere', true),
];
