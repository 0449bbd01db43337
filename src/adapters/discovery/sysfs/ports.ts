// SPDX-License-Identifier: Apache-2.0
import type { Port } from '#domain/hca/hca.ts';
import type { HostRoot } from '#adapters/host/root.ts';
import { parseNetdevName, parseNumberedWord, parsePortGuid, parseText } from './attribute-parsers.ts';

/** A port as its own directory describes it. */
export interface SysfsPort extends Omit<Port, 'netdevs'> {
  /** 16 digits; null for ports that are not InfiniBand. */
  readonly guid: string | null;
  /** Names of netdevs in the gid table. */
  readonly gidNetdevs: readonly string[];
}

/** Reads `class/infiniband/<hca>/ports/<n>` in numeric order. A switch has a port 0. */
export function readPorts(root: HostRoot, hcaDirectory: string): readonly SysfsPort[] {
  return root
    .listNames(`${hcaDirectory}/ports`)
    .filter((name) => /^\d{1,4}$/.test(name))
    .map(Number)
    .toSorted((a, b) => a - b)
    .map((number) => readPort(root, `${hcaDirectory}/ports/${number}`, number));
}

function readPort(root: HostRoot, directory: string, number: number): SysfsPort {
  const linkLayer = parseText(root.readText(`${directory}/link_layer`));
  const isInfiniband = linkLayer === 'InfiniBand';
  return {
    number,
    state: parseNumberedWord(root.readText(`${directory}/state`)),
    physState: parseNumberedWord(root.readText(`${directory}/phys_state`)),
    linkLayer,
    rate: parseText(root.readText(`${directory}/rate`)),
    guid: isInfiniband ? parsePortGuid(root.readText(`${directory}/gids/0`)) : null,
    // Only gids of RoCE belong to a netdev. On InfiniBand each of these reads returns an error.
    gidNetdevs: isInfiniband ? [] : readGidNetdevs(root, directory),
  };
}

// A gid table has up to 1024 entries. Reading an empty one returns EINVAL, and nearly all are empty. The first two hold
// the port's own address.
function readGidNetdevs(root: HostRoot, portDirectory: string): readonly string[] {
  const names = [0, 1].map((index) => parseNetdevName(root.readText(`${portDirectory}/gid_attrs/ndevs/${index}`)));
  return [...new Set(names.filter((name) => name !== null))];
}
