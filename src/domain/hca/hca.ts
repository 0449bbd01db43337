// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '../problem/problem.ts';

/** Kinds of device nodes that give user space access to RDMA, in the order in which they are listed. */
export const deviceNodeKinds = ['uverbs', 'umad', 'issm', 'ucm', 'rdma_cm'] as const;
export type DeviceNodeKind = (typeof deviceNodeKinds)[number];

/**
 * A node that exists on the host. `path` is the path on the host (`/dev/infiniband/uverbs0`), whatever the host root
 * is. `port` is the port that a umad or issm node serves, else null. `rdma_cm` is one node for the whole host and
 * stands in the list of each HCA.
 */
export interface DeviceNode {
  readonly kind: DeviceNodeKind;
  readonly path: string;
  readonly port: number | null;
}

/**
 * A network interface of an HCA. `linkType` is the kernel's encapsulation word as iproute2 prints it: `ether`
 * (ARPHRD 1), `infiniband` (32), or `arphrd<N>`. `up` is IFF_UP of `flags`; null where it could not be read.
 */
export interface Netdev {
  readonly name: string;
  readonly linkType: string;
  readonly up: boolean | null;
}

/**
 * A port. `state` and `physState` are the kernel's words without the number (`ACTIVE`, `LinkUp`), `linkLayer` is
 * `InfiniBand`, `Ethernet` or the kernel's word, `rate` its text (`100 Gb/sec (4X EDR)`); null where it could not be read.
 * `netdevs` are names of entries of the HCA's `netdevs`, in natural order.
 */
export interface Port {
  readonly number: number;
  readonly state: string | null;
  readonly physState: string | null;
  readonly linkLayer: string | null;
  readonly rate: string | null;
  readonly netdevs: readonly string[];
}

/**
 * The PCI function behind an HCA. Ids are four lower-case hexadecimal digits without `0x`; `address` is the full
 * form (`0000:3b:00.0`). `physicalFunction` is the PF's address for a VF, else null.
 */
export interface PciFunction {
  readonly address: string;
  readonly vendor: string | null;
  readonly deviceId: string | null;
  readonly classCode: string | null;
  readonly functionKind: 'pf' | 'vf';
  readonly physicalFunction: string | null;
}

/**
 * An RDMA device, built from `/sys/class/infiniband/<name>` outward. Everything that soft or odd hardware lacks is
 * null or empty. `driver` is the driver bound to the PCI function, or to the parent device where there is none; `rdmaDriver` is the
 * module that made the RDMA device of it (`mlx5_ib` of `mlx5_core`).
 * `numaNode` is null when the kernel says -1 or nothing. `nodeGuid` is the kernel's text (`0002:c903:00f9:bfa0`).
 */
export interface Hca {
  readonly name: string;
  readonly nodeType: string | null;
  readonly nodeGuid: string | null;
  readonly firmware: string | null;
  readonly board: string | null;
  readonly pci: PciFunction | null;
  readonly driver: string | null;
  readonly rdmaDriver: string | null;
  readonly numaNode: number | null;
  readonly ports: readonly Port[];
  readonly netdevs: readonly Netdev[];
  readonly deviceNodes: readonly DeviceNode[];
}

/** RDMA's network namespace mode (`/sys/module/ib_core/parameters/netns_mode`); null where the kernel does not say. */
export type NetnsMode = 'shared' | 'exclusive' | null;

/** The whole present of one host: what a discovery adapter reports. HCAs are in natural order of their names. */
export interface Inventory {
  readonly hcas: readonly Hca[];
  readonly netnsMode: NetnsMode;
  readonly problems: readonly Problem[];
}

const naturalPieces = /(\d+)/;

/** Orders names as people do: `mlx5_2` before `mlx5_10`. Total: names that differ never compare as equal. */
export function compareNaturally(a: string, b: string): number {
  const left = a.split(naturalPieces);
  const right = b.split(naturalPieces);
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i += 1) {
    const order = comparePieces(left[i] ?? '', right[i] ?? '', i % 2 === 1);
    if (order !== 0) return order;
  }
  return left.length - right.length || compareText(a, b);
}

function comparePieces(a: string, b: string, numeric: boolean): number {
  return numeric ? Number(a) - Number(b) : compareText(a, b);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
