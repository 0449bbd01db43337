// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../hca/hca.ts';
import { type LibraryLists, libraryLists, listLimits } from '../hca/library-lists.ts';
import { largestThatFits, listSize, listSizeLimit } from '../kubelet-limits/list-size.ts';
import { type Problem, createProblem } from '../problem/problem.ts';
import type { ResourceSettings } from '../settings/settings.ts';
import { firstOf } from '../text/first-of.ts';
import type { ShareSeries } from './share.ts';

/** Returns a problem if the kubelet could not receive the list of these shares. Works without creating the shares. */
export function checkListSize(resource: ResourceSettings, series: readonly ShareSeries[]): Problem | null {
  const listed = series.map(({ idPrefix, numaNodes }) => ({ prefixLength: idPrefix.length, numaNodes }));
  const bytes = listSize(listed, resource.rdmaHcaMax);
  if (bytes <= listSizeLimit) return null;
  return createProblem('SHARES_TOO_MANY_TO_LIST', {
    subject: resource.name,
    message:
      `${resource.name} has no shares available: rdmaHcaMax ${resource.rdmaHcaMax} for each of ${series.length} HCAs ` +
      `makes a list of ${bytes} bytes, and the kubelet receives at most ${listSizeLimit}.`,
    remedy: `Set rdmaHcaMax to at most ${largestThatFits(listed)}, or select fewer HCAs.`,
  });
}

/** The size that most adapters have, for a GID table of unknown size. */
const usualGidTable = 128;

/**
 * Returns how many pods can have an address of their own on one RoCE port. Each takes two entries of its GID table
 * (RoCE v1 and v2), and the interface of the host takes the first two. NVIDIA's network operator has the same number
 * for a table of 128.
 */
function podsIn(gidTableSize: number): number {
  return Math.floor((gidTableSize - 2) / 2);
}

/**
 * Returns a problem if RoCE HCAs have more per-device shares than their GID tables have room for. InfiniBand has no
 * such limit.
 */
export function checkGidTable(resource: ResourceSettings, hcas: readonly Hca[]): readonly Problem[] {
  if (resource.sharing === 'pool') return [];
  const tables = hcas.filter(isRoce).map((hca) => ({ name: hca.name, size: gidTableSizeOf(hca) }));
  const crowded = tables.filter(({ size }) => podsIn(size) < resource.rdmaHcaMax);
  if (crowded.length === 0) return [];
  const size = Math.min(...crowded.map((table) => table.size));
  const names = crowded.map(({ name }) => name);
  return [
    createProblem('SHARES_EXCEED_GID_TABLE', {
      subject: resource.name,
      message:
        `${resource.name} has ${resource.rdmaHcaMax} shares for each of ${firstOf(names, 8)}, but the GID table of a ` +
        `RoCE port has ${size} entries: room for about ${podsIn(size)} pods with an interface of their own.`,
      remedy: `Set rdmaHcaMax to at most ${podsIn(size)}, unless the pods use the host's network.`,
    }),
  ];
}

/** iWARP adapters (node type RNIC) have Ethernet ports too, but use IP addresses instead of GIDs. */
function isRoce(hca: Hca): boolean {
  return hca.nodeType === 'CA' && hca.ports.some((port) => port.linkLayer === 'Ethernet');
}

/** Returns the size of the smallest GID table of the RoCE ports. */
function gidTableSizeOf({ ports }: Hca): number {
  const ethernet = ports.filter((port) => port.linkLayer === 'Ethernet');
  return Math.min(...ethernet.map(({ gidTableSize }) => gidTableSize ?? usualGidTable));
}

/** Returns a problem if a container can get more HCAs or ports than a library reads from its environment variable. */
export function checkLibraryLists(resource: ResourceSettings, hcas: readonly Hca[]): readonly Problem[] {
  if (!resource.env || resource.rdmaHcaMax === 0) return [];
  const isPool = resource.sharing === 'pool';
  const largest = largestGrant(hcas, isPool ? null : resource.maxSharesPerContainer);
  const excess = describeExcess(libraryLists(largest));
  if (excess === null) return [];
  const readable = readableCount(largest);
  return [
    createProblem('ENV_LIST_TOO_LONG', {
      subject: resource.name,
      message: `A container of ${resource.name} can get ${excess}, and ignores the rest.`,
      remedy: isPool
        ? `Select at most ${readable} HCAs, or set sharing to device and maxSharesPerContainer to at most ${readable}.`
        : `Set maxSharesPerContainer to at most ${readable}, or select at most ${readable} HCAs.`,
    }),
  ];
}

/** Returns the HCAs that one container can get with at most `shareLimit` shares: those with the most ports. */
function largestGrant(hcas: readonly Hca[], shareLimit: number | null): readonly Hca[] {
  const counted = hcas.map((hca) => ({ hca, ports: libraryLists([hca]).ucx.length }));
  const byPorts = counted.toSorted((a, b) => b.ports - a.ports).map(({ hca }) => hca);
  return byPorts.slice(0, shareLimit ?? hcas.length);
}

/** Returns what a container can get and how much of it is read; null if all of it is. */
function describeExcess({ nccl, ucx }: LibraryLists): string | null {
  if (nccl.length > listLimits.nccl)
    return `${nccl.length} HCAs, but NCCL reads ${listLimits.nccl} entries of NCCL_IB_HCA`;
  return ucx.length > listLimits.ucx
    ? `${ucx.length} ports, but UCX reads ${listLimits.ucx} entries of UCX_NET_DEVICES`
    : null;
}

/** Returns how many of these HCAs, the first of which have the most ports, fit in both lists; at least one. */
function readableCount(hcas: readonly Hca[]): number {
  const counts = Array.from({ length: listLimits.nccl }, (_, index) => listLimits.nccl - index);
  return counts.find((count) => describeExcess(libraryLists(hcas.slice(0, count))) === null) ?? 1;
}
