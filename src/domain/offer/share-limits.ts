// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '../problem/problem.ts';
import type { Hca } from '../hca/hca.ts';
import { largestThatFits, listSize, listSizeLimit } from '../kubelet-limits/list-size.ts';
import type { ResourceSettings } from '../settings/settings.ts';
import type { ShareSeries } from './share.ts';

/** What keeps the shares of a resource from being listed; null when nothing does. Judged before any share is made. */
export function listFault(resource: ResourceSettings, series: readonly ShareSeries[]): Problem | null {
  const listed = series.map(({ idPrefix, numaNodes }) => ({ prefixLength: idPrefix.length, numaNodes }));
  const bytes = listSize(listed, resource.rdmaHcaMax);
  if (bytes <= listSizeLimit) return null;
  const fits = largestThatFits(listed);
  return createProblem('SHARES_TOO_MANY_TO_LIST', {
    subject: resource.name,
    message:
      `${resource.name} has no share to give: its rdmaHcaMax of ${resource.rdmaHcaMax} for each of ${series.length} HCAs makes a list of ` +
      `${bytes} bytes, and the kubelet receives at most ${listSizeLimit}.`,
    remedy: `Write an rdmaHcaMax of at most ${fits}, or select fewer HCAs.`,
  });
}

/**
 * How many pods can have an address of their own on one RoCE port: each takes two entries (RoCE v1 and v2) of a GID table of 128, and
 * the host's own interface the first two. The network operator of NVIDIA settled on the same number.
 */
export const largestRoceShare = 63;

/** Says that some RoCE HCAs have more shares than a GID table serves; null where none has. InfiniBand has no such limit. */
export function gidTableFault(resource: ResourceSettings, hcas: readonly Hca[]): Problem | null {
  if (resource.sharing === 'pool' || resource.rdmaHcaMax <= largestRoceShare) return null;
  const crowded = hcas.filter(isRoce).map((hca) => hca.name);
  if (crowded.length === 0) return null;
  return createProblem('SHARES_EXCEED_GID_TABLE', {
    subject: resource.name,
    message:
      `${resource.name} has ${resource.rdmaHcaMax} shares for each of ${crowded.join(', ')}, but the GID table of a RoCE port serves about ` +
      `${largestRoceShare} pods with an interface of their own.`,
    remedy: `Write an rdmaHcaMax of at most ${largestRoceShare}, unless the pods use the host's network.`,
  });
}

/** iWARP adapters (node type RNIC) have Ethernet ports as well, but address by IP. */
function isRoce(hca: Hca): boolean {
  return hca.nodeType === 'CA' && hca.ports.some((port) => port.linkLayer === 'Ethernet');
}
