// SPDX-License-Identifier: Apache-2.0
import type { HostRoot } from '#adapters/host/root.ts';
import { parseLinkName, parseText } from './attribute-parsers.ts';
import type { ParentDevice } from './parent-device.ts';

/**
 * RDMA modules that sysfs does not link to their function, by the driver of the function
 * (kernel-boot/rdma-hw-modules.rules of rdma-core, and `ib_register_device` in drivers/infiniband/hw). A function with
 * RDMA alone has one module for both.
 */
const modules: ReadonlyMap<string, string> = new Map([
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

/**
 * Returns the module that registered an RDMA device: `mlx5_ib` where the driver of the PCI function is `mlx5_core`;
 * null if sysfs does not show it. Soft devices come first, because siw can be on the function of any NIC.
 */
export function readRdmaDriver(root: HostRoot, hcaDirectory: string, parent: ParentDevice): string | null {
  // Of all drivers, only rxe has this file (drivers/infiniband/sw/rxe/rxe_verbs.c).
  if (root.exists(`${hcaDirectory}/parent`)) return 'rdma_rxe';
  // SIW_NODE_DESC_COMMON (include/uapi/rdma/siw-abi.h). Users can change the description of other devices, not of
  // siw's.
  if (parseText(root.readText(`${hcaDirectory}/node_desc`)) === 'Software iWARP stack') return 'siw';
  return readAuxiliaryDriver(root, parent) ?? driverOfFunction(root, parent.driver);
}

function driverOfFunction(root: HostRoot, driver: string | null): string | null {
  if (driver === null) return null;
  return modules.get(driver) ?? (usesIbCore(root, driver) ? driver : null);
}

/** Every module with RDMA devices uses ib_core. The drivers of network functions do not. */
function usesIbCore(root: HostRoot, module: string): boolean {
  return root.exists(root.path('sys', 'module', 'ib_core', 'holders', module));
}

/**
 * `<module>.<what>.<number>` of the auxiliary bus: mlx5_core.eth.0, ice.iwarp.1, idpf.8086.rdma.core.0
 * (drivers/base/auxiliary.c).
 */
const auxiliaryDevice = /^[\w-]+(\.[\w-]+)+\.\d+$/;

/** The part of such a name that stands for RDMA: mlx5_core.rdma.0, ice.roce.0, mlx4_core.ib.0. */
const rdmaPart = /\.(?:rdma|roce|iwarp|ib)/;

/**
 * Returns the RDMA module by the auxiliary devices of a device or its function. They have auxiliary devices for other
 * purposes too: one that is named after RDMA counts first, then one whose module uses ib_core.
 */
function readAuxiliaryDriver(root: HostRoot, { directory, pciDirectory }: ParentDevice): string | null {
  for (const place of new Set([directory, pciDirectory])) {
    const names = place === null ? [] : root.listNames(place).filter((name) => auxiliaryDevice.test(name));
    const [named, others] = [names.filter((name) => rdmaPart.test(name)), names.filter((name) => !rdmaPart.test(name))];
    const module =
      modulesOf(root, place, named)[0] ?? modulesOf(root, place, others).find((name) => usesIbCore(root, name));
    if (module !== undefined) return module;
  }
  return null;
}

/** Returns the module parts of the names of the drivers, `<module>.<name>`: `mlx5_ib.rdma`. */
function modulesOf(root: HostRoot, place: string | null, names: readonly string[]): readonly string[] {
  const drivers = names.toSorted().map((name) => parseLinkName(root.linkTarget(`${place}/${name}/driver`)));
  return drivers.flatMap((driver) => driver?.split('.', 1) ?? []);
}
