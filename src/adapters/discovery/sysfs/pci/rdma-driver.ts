// SPDX-License-Identifier: Apache-2.0
import type { HostRoot } from '#adapters/host/root.ts';
import { parseLinkName, parseText } from '../attribute-parsers.ts';
import type { ParentDevice } from './parent-device.ts';
import { auxiliaryDevices, rdmaModules, usesIbCore } from './rdma-modules.ts';

interface RdmaDevice {
  readonly directory: string;
  /** Null if it is unreadable. */
  readonly nodeType: string | null;
  readonly parent: ParentDevice;
}

/**
 * Returns the module that registered an RDMA device: `mlx5_ib` where the driver of the PCI function is `mlx5_core`;
 * null if sysfs does not show it. Soft devices come first, because siw can be on the function of any NIC.
 */
export function readRdmaDriver(root: HostRoot, { directory, nodeType, parent }: RdmaDevice): string | null {
  // Of all drivers, only rxe has this file (drivers/infiniband/sw/rxe/rxe_verbs.c).
  if (root.exists(`${directory}/parent`)) return 'rdma_rxe';
  if (isSiw(root, directory, nodeType)) return 'siw';
  return readAuxiliaryDriver(root, parent) ?? driverOfFunction(root, parent.driver);
}

/**
 * SIW_NODE_DESC_COMMON (include/uapi/rdma/siw-abi.h). Users can change the description of other devices, not of siw's,
 * which are RNICs (siw_device_create). Most HCAs are not, which saves reading the description.
 */
function isSiw(root: HostRoot, directory: string, nodeType: string | null): boolean {
  if (nodeType !== null && nodeType !== 'RNIC') return false;
  return parseText(root.readText(`${directory}/node_desc`)) === 'Software iWARP stack';
}

function driverOfFunction(root: HostRoot, driver: string | null): string | null {
  if (driver === null) return null;
  return rdmaModules.get(driver) ?? (usesIbCore(root, driver) ? driver : null);
}

/**
 * Returns the RDMA module by the auxiliary devices of a device or its function. They have auxiliary devices for other
 * purposes too: one that is named after RDMA counts first, then one whose module uses ib_core.
 */
function readAuxiliaryDriver(root: HostRoot, { directory, pciDirectory }: ParentDevice): string | null {
  for (const place of new Set([directory, pciDirectory])) {
    const { forRdma, others } = auxiliaryDevices(place === null ? [] : root.listNames(place));
    const module =
      modulesOf(root, place, forRdma)[0] ?? modulesOf(root, place, others).find((name) => usesIbCore(root, name));
    if (module !== undefined) return module;
  }
  return null;
}

/** Returns the module parts of the names of the drivers, `<module>.<name>`: `mlx5_ib.rdma`. */
function modulesOf(root: HostRoot, place: string | null, names: readonly string[]): readonly string[] {
  const drivers = names.map((name) => parseLinkName(root.linkTarget(`${place}/${name}/driver`)));
  return drivers.flatMap((driver) => driver?.split('.', 1) ?? []);
}
