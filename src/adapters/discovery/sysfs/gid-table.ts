// SPDX-License-Identifier: Apache-2.0
import type { HostRoot } from '#adapters/host/root.ts';
import { parseNetdevName, parsePortGuid } from './attribute-parsers.ts';

/** What the GID table of a port says. */
export interface GidTable {
  /** Names of the netdevs that its entries belong to. */
  readonly netdevs: readonly string[];
  /** Null if unknown. */
  readonly size: number | null;
  readonly hasGid: boolean;
}

/** Only GIDs of RoCE belong to a netdev. On InfiniBand each read of one returns an error. */
export const noGids: GidTable = { netdevs: [], size: null, hasGid: false };

/**
 * The kernel reserves the first entries for the port's own addresses, one for each RoCE version, and these name its
 * netdev (drivers/infiniband/core/cache.c, gid_table_reserve_default). Only if they are empty are the others read: a
 * table has up to 1024 entries, and nearly all are empty. The table of an Ethernet port is in memory of ib_core, so
 * these reads do not call the driver.
 */
export function readGidTable(root: HostRoot, portDirectory: string): GidTable {
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
