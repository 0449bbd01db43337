// SPDX-License-Identifier: Apache-2.0
import type { HcaDiscovery } from '#ports/hca-discovery.ts';

/** The hardware of a world's HCAs. */
export interface WorldHardware {
  readonly driver: string | null;
  readonly vendor: string;
  readonly deviceId: string;
}

/** The default hardware: ConnectX-6 Dx. */
export const defaultHardware: WorldHardware = { driver: 'mlx5_core', vendor: '15b3', deviceId: '101d' };

/**
 * A host that a test can change, and the adapter under test, which scans that host. Each HCA is a physical function on
 * NUMA node 0. It has one port: number 1, Ethernet, ACTIVE, with one netdev that is up. Its device nodes are uverbs,
 * umad and rdma_cm.
 */
export interface HcaWorld {
  readonly discovery: HcaDiscovery;
  readonly hardware?: WorldHardware;
  /** `soft` adds a software device: it has no PCI function, NUMA node or driver. */
  add(hca: { readonly name: string; readonly soft?: boolean }): Promise<void>;
  remove(name: string): Promise<void>;
  /** Removes the uverbs node of the HCA. */
  breakHca(name: string): Promise<void>;
  setPortState(name: string, state: 'ACTIVE' | 'DOWN'): Promise<void>;
  /** Removes the directory or file that the adapter scans. Null for an adapter that scans none. */
  readonly lose: (() => Promise<void>) | null;
  close(): Promise<void>;
}
