// SPDX-License-Identifier: Apache-2.0
import { basename } from 'node:path';
import type { PciFunction } from '#domain/hca/hca.ts';
import type { HostRoot } from '#adapters/host/host-root.ts';
import { parseHexDigits, parseLinkName, parseNumaNode, pciFunctionAbove } from './attributes.ts';

/** What carries an RDMA device. `device` and `pciDirectory` are directories below `devices/`; soft devices have none. */
export interface HcaParent {
  readonly device: string | null;
  readonly pciDirectory: string | null;
  readonly pci: PciFunction | null;
  readonly driver: string | null;
  readonly numaNode: number | null;
}

/** Follows `class/infiniband/<hca>/device`, which rxe, siw and bonds lack, up to the PCI function, which vmbus lacks. */
export function readParent(root: HostRoot, hcaDirectory: string): HcaParent {
  const device = root.follow(`${hcaDirectory}/device`);
  const pciDirectory = device === null ? null : pciFunctionAbove(device);
  const holder = pciDirectory ?? device;
  return {
    device,
    pciDirectory,
    pci: pciDirectory === null ? null : readPciFunction(root, pciDirectory),
    driver: holder === null ? null : parseLinkName(root.linkTarget(`${holder}/driver`)),
    numaNode: holder === null ? null : parseNumaNode(root.readText(`${holder}/numa_node`)),
  };
}

function readPciFunction(root: HostRoot, directory: string): PciFunction {
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
