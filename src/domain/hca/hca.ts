// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '../problem/problem.ts';

/** Kinds of device nodes that give user space access to RDMA, in the order in which they are listed. */
export const deviceNodeKinds = ['uverbs', 'umad', 'issm', 'ucm', 'rdma_cm'] as const;
export type DeviceNodeKind = (typeof deviceNodeKinds)[number];

/** A device node that exists on the host. The host has one `rdma_cm` node, which is listed with every HCA. */
export interface DeviceNode {
  readonly kind: DeviceNodeKind;
  /** The path on the host, without the host root: `/dev/infiniband/uverbs0`. */
  readonly path: string;
  /** The port that a `umad` or `issm` node serves; null for other kinds. */
  readonly port: number | null;
}

/** A network interface of an HCA. */
export interface Netdev {
  readonly name: string;
  /** The kernel's encapsulation as iproute2 prints it: `ether` (ARPHRD 1), `infiniband` (32) or `arphrd<N>`. */
  readonly linkType: string;
  /** IFF_UP of `flags`; null if it could not be read. */
  readonly up: boolean | null;
}

/** A port of an HCA. Null means that the value could not be read. */
export interface Port {
  readonly number: number;
  /** The kernel's word without the number: `ACTIVE`. */
  readonly state: string | null;
  /** The kernel's word without the number: `LinkUp`. */
  readonly physState: string | null;
  /** `InfiniBand`, `Ethernet`, or the kernel's word. */
  readonly linkLayer: string | null;
  /** The kernel's text: `100 Gb/sec (4X EDR)`. */
  readonly rate: string | null;
  /** Names of entries of the HCA's `netdevs`, in natural order. */
  readonly netdevs: readonly string[];
  /** How many entries the GID table of a RoCE port has, used or not. Absent if unknown. */
  readonly gidTableSize?: number;
  /** For an Ethernet port without netdevs: whether its GID table has an address. Absent if unknown. */
  readonly hasGid?: boolean;
}

/** The PCI function of an HCA. IDs are four lower-case hexadecimal digits without `0x`. */
export interface PciFunction {
  /** The full address, with its domain: `0000:3b:00.0`. */
  readonly address: string;
  readonly vendor: string | null;
  readonly deviceId: string | null;
  readonly classCode: string | null;
  readonly functionKind: 'pf' | 'vf';
  /** The address of the physical function of a virtual one; null for a physical function. */
  readonly physicalFunction: string | null;
}

/** An RDMA device, built from `/sys/class/infiniband/<name>` outward. What the hardware lacks is null or empty. */
export interface Hca {
  readonly name: string;
  readonly nodeType: string | null;
  /** The kernel's text: `0002:c903:00f9:bfa0`. */
  readonly nodeGuid: string | null;
  readonly firmware: string | null;
  readonly board: string | null;
  readonly pci: PciFunction | null;
  /** The number of a subfunction among those of its PCI function (`sfnum`), which its creator chose; else null. */
  readonly subfunction: number | null;
  /**
   * Whether the kernel creates no uverbs device for it by design: an SMI device or a switch. An HCA that lacks its
   * uverbs device because a module is missing is not one of these.
   */
  readonly managementOnly: boolean;
  /** The driver of the PCI function, or of the parent device if there is no PCI function: `mlx5_core`. */
  readonly driver: string | null;
  /** The module that registered the RDMA device: `mlx5_ib`. */
  readonly rdmaDriver: string | null;
  /** Null if the kernel reports -1 or nothing. */
  readonly numaNode: number | null;
  readonly ports: readonly Port[];
  readonly netdevs: readonly Netdev[];
  /** In switchdev mode, the representors on the PCI function, in natural order. They stand for other functions. */
  readonly representors?: readonly string[];
  readonly deviceNodes: readonly DeviceNode[];
  /**
   * The path of the attribute whose read has not finished in time: the driver of the HCA does not answer. What the
   * attributes say is then what they said last. Absent if the driver answers.
   */
  readonly unanswered?: string;
  /** The specifier of the discovery module that found it. Absent if the built-in discovery did. */
  readonly discovery?: string;
}

/**
 * What keeps a PCI function from having an RDMA device. `no-driver`: no driver is bound to it.
 * `module-not-loaded`: its driver offers RDMA, and no RDMA module has taken the offer. `not-registered`: its RDMA
 * module is bound and has registered no RDMA device.
 */
export const idleCauses = ['no-driver', 'module-not-loaded', 'not-registered'] as const;
export type IdleCause = (typeof idleCauses)[number];

/** A physical PCI function for networks that has no RDMA device although it may be meant to have one. */
export interface IdleFunction {
  readonly pci: PciFunction;
  readonly cause: IdleCause;
  readonly driver: string | null;
  /** The module that creates its RDMA device: `mlx5_ib`; null if unknown. */
  readonly rdmaModule: string | null;
  readonly numaNode: number | null;
  /** The names of its network interfaces, in natural order. */
  readonly netdevs: readonly string[];
}

/** The network namespace mode of the RDMA subsystem (`/sys/module/ib_core/parameters/netns_mode`); null if unknown. */
export type NetnsMode = 'shared' | 'exclusive' | null;

/** The complete current state of one host, as a discovery adapter reports it. */
export interface Inventory {
  /** In natural order of their names. */
  readonly hcas: readonly Hca[];
  readonly netnsMode: NetnsMode;
  readonly problems: readonly Problem[];
  /** PCI functions that may be HCAs and have no RDMA device, in natural order of their addresses. */
  readonly idleFunctions?: readonly IdleFunction[];
  /** Whether the inventory may lack HCAs that are present, because a discovery failed; `problems` says which. */
  readonly isPartial?: boolean;
  /** The discovery modules that failed, if it is partial because of them: their specifiers. */
  readonly failedModules?: readonly string[];
}
