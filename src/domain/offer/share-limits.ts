// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../hca/hca.ts';
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

/**
 * How many pods can have an address of their own on one RoCE port. Each takes two entries (RoCE v1 and v2) of a GID
 * table of 128, and the interface of the host takes the first two. NVIDIA's network operator settled on the same
 * number.
 */
const maxRoceShares = 63;

/**
 * Returns a problem if RoCE HCAs have more per-device shares than their GID tables have room for. InfiniBand has no
 * such limit.
 */
export function checkGidTable(resource: ResourceSettings, hcas: readonly Hca[]): readonly Problem[] {
  if (resource.sharing === 'pool' || resource.rdmaHcaMax <= maxRoceShares) return [];
  const crowded = hcas.filter(isRoce).map((hca) => hca.name);
  if (crowded.length === 0) return [];
  return [
    createProblem('SHARES_EXCEED_GID_TABLE', {
      subject: resource.name,
      message:
        `${resource.name} has ${resource.rdmaHcaMax} shares for each of ${firstOf(crowded, 8)}, ` +
        `but the GID table of a RoCE port has room for about ${maxRoceShares} pods with an interface of their own.`,
      remedy: `Set rdmaHcaMax to at most ${maxRoceShares}, unless the pods use the host's network.`,
    }),
  ];
}

/** iWARP adapters (node type RNIC) have Ethernet ports too, but use IP addresses instead of GIDs. */
function isRoce(hca: Hca): boolean {
  return hca.nodeType === 'CA' && hca.ports.some((port) => port.linkLayer === 'Ethernet');
}
