// SPDX-License-Identifier: Apache-2.0
import { basename, dirname } from 'node:path';
import type { PciFunction } from '#domain/hca/hca.ts';
import type { HostRoot } from '#adapters/host/root.ts';
import { parseCount, parseHexDigits, parseLinkName, pciFunctionAbove } from '../attribute-parsers.ts';

/** The device that an RDMA device belongs to. */
export interface ParentDevice {
  /** The directory of the device under `devices/`; null for soft devices. */
  readonly directory: string | null;
  /** The directory of the PCI function that the device is or belongs to. */
  readonly pciDirectory: string | null;
  readonly pci: PciFunction | null;
  readonly subfunction: number | null;
  readonly driver: string | null;
  readonly numaNode: number | null;
}

/**
 * Follows the link `class/infiniband/<hca>/device` to the device and its PCI function. The RDMA devices of rxe, siw and
 * bonds have no such link. Devices on vmbus have no PCI function.
 */
export function readParentDevice(root: HostRoot, hcaDirectory: string): ParentDevice {
  const directory = root.follow(`${hcaDirectory}/device`);
  const pciDirectory = directory === null ? null : pciFunctionAbove(directory);
  const source = pciDirectory ?? directory;
  return {
    directory,
    pciDirectory,
    pci: pciDirectory === null ? null : readPciFunction(root, pciDirectory),
    subfunction: readSubfunction(root, directory, pciDirectory),
    driver: source === null ? null : parseLinkName(root.linkTarget(`${source}/driver`)),
    numaNode: source === null ? null : parseCount(root.readText(`${source}/numa_node`)),
  };
}

/** mlx5_core gives the auxiliary device of a subfunction the file (sf/dev/dev.c, sfnum_show). */
function readSubfunction(root: HostRoot, directory: string | null, pciDirectory: string | null): number | null {
  if (directory === null || pciDirectory === null || directory === pciDirectory) return null;
  return parseCount(root.readText(`${directory}/sfnum`)) ?? readSubfunction(root, dirname(directory), pciDirectory);
}

export function readPciFunction(root: HostRoot, directory: string): PciFunction {
  const link = `${directory}/physfn`;
  const physicalFunction = root.exists(link) ? parseLinkName(root.linkTarget(link)) : null;
  return {
    address: basename(directory),
    vendor: parseHexDigits(root.readText(`${directory}/vendor`)),
    deviceId: parseHexDigits(root.readText(`${directory}/device`)),
    classCode: parseHexDigits(root.readText(`${directory}/class`)),
    functionKind: physicalFunction === null ? 'pf' : 'vf',
    physicalFunction,
  };
}
