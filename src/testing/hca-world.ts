// SPDX-License-Identifier: Apache-2.0
import type { DeviceNodeKind } from '#domain/hca/hca.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';

/** The hardware of a world's HCAs. What is absent is as in `defaultHardware`. */
export interface WorldHardware {
  readonly driver: string | null;
  readonly vendor: string;
  readonly deviceId: string;
  /** The kernel's word for its ports: `Ethernet`, `InfiniBand`, `Unknown`. */
  readonly linkLayer?: string;
  /** How many ports an HCA has. Their numbers start at 1. */
  readonly portCount?: number;
  /** Whether each port has a netdev. */
  readonly hasNetdevs?: boolean;
  /** The kinds of device nodes of an HCA, with uverbs. Each port has a umad and an issm node of its own. */
  readonly deviceNodeKinds?: readonly DeviceNodeKind[];
  /** The name of the HCA with this index. */
  readonly nameOf?: (index: number) => string;
  /** Whether the adapter also finds software devices, without a PCI function. */
  readonly hasSoftDevices?: boolean;
  /** Whether an HCA can have virtual functions. */
  readonly hasVirtualFunctions?: boolean;
}

/** The default hardware: ConnectX-6 Dx. */
export const defaultHardware: Required<WorldHardware> = {
  driver: 'mlx5_core',
  vendor: '15b3',
  deviceId: '101d',
  linkLayer: 'Ethernet',
  portCount: 1,
  hasNetdevs: true,
  deviceNodeKinds: ['uverbs', 'umad', 'rdma_cm'],
  nameOf: (index) => `mlx5_${index}`,
  hasSoftDevices: true,
  hasVirtualFunctions: false,
};

/** An HCA that a test adds. */
export interface AddedHca {
  readonly name: string;
  /** A software device: it has no PCI function, NUMA node or driver. Only if the hardware has such devices. */
  readonly soft?: boolean;
  /** The name of the HCA that it is a virtual function of. Only if the hardware has virtual functions. */
  readonly virtualFunctionOf?: string;
}

/**
 * A host that a test can change, and the adapter under test, which scans that host. Each HCA is a physical function on
 * NUMA node 0, unless it is added as something else. Its ports are ACTIVE and its netdevs are up.
 */
export interface HcaWorld {
  readonly discovery: HcaDiscovery;
  readonly hardware?: WorldHardware;
  add(hca: AddedHca): Promise<void>;
  remove(name: string): Promise<void>;
  /** Removes the uverbs node of the HCA. */
  breakHca(name: string): Promise<void>;
  /** Sets the state of port 1. */
  setPortState(name: string, state: 'ACTIVE' | 'DOWN'): Promise<void>;
  /** Removes the directory or file that the adapter scans. Null for an adapter that scans none. */
  readonly lose: (() => Promise<void>) | null;
  close(): Promise<void>;
}

/** A world whose adapter gives hints. */
export interface HintedWorld extends HcaWorld {
  readonly hints: Partial<HcaChangeHints>;
  /** Lets time pass for the adapter. Absent if it uses the real time. */
  pass?(ms: number): Promise<void>;
}
