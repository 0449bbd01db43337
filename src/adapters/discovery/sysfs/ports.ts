// SPDX-License-Identifier: Apache-2.0
import type { Port } from '#domain/hca/hca.ts';
import type { HostRoot } from '#adapters/host/root.ts';
import { parseNetdevName, parseNumberedWord, parsePortGuid, parseText } from './attribute-parsers.ts';

/** What the GID table of a port says. */
interface GidTable {
  /** Names of the netdevs that its entries belong to. */
  readonly netdevs: readonly string[];
  /** Null if unknown. */
  readonly size: number | null;
  readonly hasGid: boolean;
}

/** A port as its own directory describes it. */
export interface SysfsPort extends Omit<Port, 'netdevs' | 'gidTableSize' | 'hasGid'> {
  /** 16 digits; null for ports that are not InfiniBand. */
  readonly guid: string | null;
  readonly gids: GidTable;
}

const noGids: GidTable = { netdevs: [], size: null, hasGid: false };

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
    gids: isInfiniband ? noGids : readGidTable(root, directory),
  };
}

/**
 * The kernel reserves the first entries for the port's own addresses, one for each RoCE version, and these name its
 * netdev (drivers/infiniband/core/cache.c, gid_table_reserve_default). Only if they are empty are the others read: a
 * table has up to 1024 entries, and nearly all are empty.
 */
function readGidTable(root: HostRoot, portDirectory: string): GidTable {
  const gids = `${portDirectory}/gids`;
  const size = countGids(root, gids);
  const own = readGidNetdevs(root, portDirectory, ['0', '1']);
  if (own.length > 0) return { netdevs: own, size, hasGid: true };
  // The netdev of an empty entry is a read that fails, which takes longer than to read the GID of each entry first.
  const used = root.listNames(gids).filter((index) => parsePortGuid(root.readText(`${gids}/${index}`)) !== null);
  return { netdevs: readGidNetdevs(root, portDirectory, used), size, hasGid: used.length > 0 };
}

/**
 * The smallest table of a RoCE adapter. A captured host has only the entries that were in use, so fewer entries do not
 * show the size.
 */
const smallestGidTable = 16;

/** Returns how many entries `gids` has, which the kernel numbers from 0. To list them all takes five times as long. */
function countGids(root: HostRoot, gids: string): number | null {
  const hasEntries = (count: number): boolean => root.exists(`${gids}/${count - 1}`);
  if (!hasEntries(smallestGidTable)) return null;
  let count = smallestGidTable;
  while (hasEntries(2 * count)) count *= 2;
  for (let step = count / 2; step >= 1; step /= 2) if (hasEntries(count + step)) count += step;
  return count;
}

function readGidNetdevs(root: HostRoot, portDirectory: string, indices: readonly string[]): readonly string[] {
  const names = indices.map((index) => parseNetdevName(root.readText(`${portDirectory}/gid_attrs/ndevs/${index}`)));
  return [...new Set(names.filter((name) => name !== null))];
}
