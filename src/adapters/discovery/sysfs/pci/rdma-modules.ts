// SPDX-License-Identifier: Apache-2.0
import type { HostRoot } from '#adapters/host/root.ts';

/**
 * RDMA modules that sysfs does not link to their function, by the driver of the function
 * (kernel-boot/rdma-hw-modules.rules of rdma-core, and `ib_register_device` in drivers/infiniband/hw). A function with
 * RDMA alone has one module for both.
 */
export const rdmaModules: ReadonlyMap<string, string> = new Map([
  ['be2net', 'ocrdma'],
  ['bnxt_en', 'bnxt_re'],
  ['cxgb4', 'iw_cxgb4'],
  ['efa', 'efa'],
  ['enic', 'usnic_verbs'],
  ['erdma', 'erdma'],
  ['hfi1', 'hfi1'],
  ['hns3', 'hns_roce_hw_v2'],
  ['i40e', 'irdma'],
  ['iavf', 'irdma'],
  ['ib_mthca', 'ib_mthca'],
  ['ib_qib', 'ib_qib'],
  ['ice', 'irdma'],
  ['ionic', 'ionic_rdma'],
  ['mana', 'mana_ib'],
  ['mlx4_core', 'mlx4_ib'],
  ['mlx5_core', 'mlx5_ib'],
  ['qede', 'qedr'],
  ['vmw_pvrdma', 'vmw_pvrdma'],
]);

/** Every module with RDMA devices uses ib_core. The drivers of network functions do not. */
export function usesIbCore(root: HostRoot, module: string): boolean {
  return root.exists(root.path('sys', 'module', 'ib_core', 'holders', module));
}

/**
 * `<module>.<what>.<number>` of the auxiliary bus: mlx5_core.eth.0, ice.iwarp.1, idpf.8086.rdma.core.0
 * (drivers/base/auxiliary.c).
 */
const auxiliaryDevice = /^[\w-]+(\.[\w-]+)+\.\d+$/;

/** The part of such a name that stands for RDMA: mlx5_core.rdma.0, ice.roce.0, mlx4_core.ib.0. */
const rdmaPart = /\.(?:rdma|roce|iwarp|ib)/;

/** Picks the auxiliary devices from the names in a device directory: those named after RDMA, and those that are not. */
export function auxiliaryDevices(names: readonly string[]): {
  readonly forRdma: readonly string[];
  readonly others: readonly string[];
} {
  const all = names.filter((name) => auxiliaryDevice.test(name)).toSorted();
  return { forRdma: all.filter((name) => rdmaPart.test(name)), others: all.filter((name) => !rdmaPart.test(name)) };
}
