// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '../problem/problem.ts';
import type { DeviceNodeKind, Hca } from './hca.ts';

/** Only these modules create the nodes. Modern kernels have no ib_ucm. */
export const nodeModules: Readonly<Record<DeviceNodeKind, string>> = {
  uverbs: 'ib_uverbs',
  umad: 'ib_umad',
  issm: 'ib_umad',
  ucm: 'ib_ucm',
  rdma_cm: 'rdma_ucm',
};

/** A kind of device node that some programs need and others do not. */
interface OptionalKind {
  readonly kind: DeviceNodeKind;
  /** Such a node, with its article. */
  readonly node: string;
  /** The programs that fail without it. */
  readonly programs: string;
}

/** The module that creates umad nodes creates the issm nodes too. No program needs ucm nodes. */
export const optionalKinds: readonly OptionalKind[] = [
  {
    kind: 'rdma_cm',
    node: 'an rdma_cm node',
    programs: 'programs that connect through librdmacm, such as rping and many storage clients',
  },
  {
    kind: 'umad',
    node: 'a umad node',
    programs: 'programs that send management datagrams, such as ibstat, perfquery and opensm',
  },
];

/** These modules support no connection manager. */
const withoutConnectionManager: ReadonlySet<string | null> = new Set(['efa', 'usnic_verbs']);

/** Whether no HCA has a node of an optional kind, although the kernel could create one for at least one of them. */
export function lacksKind(hcas: readonly Hca[], { kind }: OptionalKind): boolean {
  const canHave = ({ rdmaDriver, ports, managementOnly }: Hca): boolean => {
    if (kind === 'rdma_cm') return !withoutConnectionManager.has(rdmaDriver) && !managementOnly;
    // Few programs use umad nodes on RoCE, and many hosts with RoCE have none.
    return ports.some(({ linkLayer }) => linkLayer === 'InfiniBand');
  };
  return hcas.some(canHave) && !hcas.some(({ deviceNodes }) => deviceNodes.some((node) => node.kind === kind));
}

/** Returns the problem that HCAs lack an optional kind. `owner` follows "No HCA": ` of rdma/hca`. */
export function absentKindProblem({ kind, node, programs }: OptionalKind, owner = '', remedy = ''): Problem {
  return createProblem('DEVICE_NODE_KIND_ABSENT', {
    subject: kind,
    message: `No HCA${owner} has ${node}. In containers, ${programs}, fail.`,
    remedy: `Load the module on the host: modprobe ${nodeModules[kind]}. Then restart the pods that need it.${remedy}`,
  });
}
