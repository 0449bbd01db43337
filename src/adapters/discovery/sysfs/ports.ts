// SPDX-License-Identifier: Apache-2.0
import type { HostRoot } from '#adapters/host/host-root.ts';
import { parseNetdevName, parseNumberedWord, parsePortGuid, parseText } from './attributes.ts';

/** A port as its own directory tells it. `guid` is 16 digits, for InfiniBand ports; `gidNetdevs` are names from its gid table. */
export interface SysfsPort {
  readonly number: number;
  readonly state: string | null;
  readonly physState: string | null;
  readonly linkLayer: string | null;
  readonly rate: string | null;
  readonly guid: string | null;
  readonly gidNetdevs: readonly string[];
}

/** Reads `class/infiniband/<hca>/ports/<n>`, in order of the numbers. A switch has a port 0; a foreign entry may have no ports. */
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
  const infiniband = linkLayer === 'InfiniBand';
  return {
    number,
    state: parseNumberedWord(root.readText(`${directory}/state`)),
    physState: parseNumberedWord(root.readText(`${directory}/phys_state`)),
    linkLayer,
    rate: parseText(root.readText(`${directory}/rate`)),
    guid: infiniband ? parsePortGuid(root.readText(`${directory}/gids/0`)) : null,
    // Only RoCE's gids belong to a netdev; on InfiniBand each of these reads is an error.
    gidNetdevs: infiniband ? [] : readGidNetdevs(root, directory),
  };
}

// A gid table has up to 1024 entries, nearly all empty: EINVAL. The first two are the port's own address.
function readGidNetdevs(root: HostRoot, portDirectory: string): readonly string[] {
  const names = [0, 1].map((index) => parseNetdevName(root.readText(`${portDirectory}/gid_attrs/ndevs/${index}`)));
  return [...new Set(names.filter((name) => name !== null))];
}
