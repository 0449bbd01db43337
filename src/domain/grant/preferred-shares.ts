// SPDX-License-Identifier: Apache-2.0
import type { Offer } from '../offer/offer.ts';
import { SharesById } from '../offer/share-by-id.ts';

/** What the kubelet requests for one container: `size` shares out of `available`, including all of `mustInclude`. */
interface PreferenceRequest {
  readonly available: readonly string[];
  readonly mustInclude: readonly string[];
  readonly size: number;
}

/** The shares of one HCA, or of the HCAs of a pool. */
interface ShareSource {
  /** IDs that can still be chosen. */
  readonly free: string[];
  /** How many shares all containers have, including the one in question. */
  used: number;
  /** How many shares the container in question has. */
  chosen: number;
}

/**
 * Returns the best shares for a container: first from HCAs that it has no share of yet, then from the HCA with the
 * fewest (`spread`) or the most (`pack`) used shares. The result contains `mustInclude`, is a subset of the shares in
 * the request, and has the requested size if there are enough. The kubelet may take only a part of it, and fails the
 * pod on an error, so this function never fails (devicemanager, devicesToAllocate).
 */
export function preferredShares(offer: Offer, { available, mustInclude, size }: PreferenceRequest): readonly string[] {
  const { sharing, allocationPolicy } = offer.settings;
  const chosen = new Set(mustInclude);
  const free = new Set(available.filter((id) => !chosen.has(id)));
  const sources = sourcesOf(offer, free, chosen);
  while (chosen.size < size) {
    const source = bestOf(sources, sharing === 'device' && allocationPolicy === 'pack' ? -1 : 1);
    const id = source?.free.pop();
    if (source === null || id === undefined) break;
    source.used += 1;
    source.chosen += 1;
    chosen.add(id);
    free.delete(id);
  }
  // The kubelet may know shares that the offer lacks, and must still be able to choose enough.
  for (const id of free) if (chosen.size < size) chosen.add(id);
  return [...chosen];
}

/** Groups the shares by their HCAs, in the order of the list. The lowest free slot is the last: `pop` takes it. */
function sourcesOf(offer: Offer, free: ReadonlySet<string>, chosen: ReadonlySet<string>): readonly ShareSource[] {
  const index = new SharesById(offer.shares);
  const sources = new Map<string, ShareSource>();
  for (const { hcas, count } of offer.shares) sourceAt(sources, hcas).used += count;
  const found = [...free].flatMap((id) => {
    const location = index.find(id);
    return location === null ? [] : [{ id, ...location }];
  });
  for (const { id, series } of found.toSorted((a, b) => b.slot - a.slot)) {
    const source = sourceAt(sources, series.hcas);
    source.free.push(id);
    source.used -= 1;
  }
  for (const id of chosen) {
    const location = index.find(id);
    if (location !== null) sourceAt(sources, location.series.hcas).chosen += 1;
  }
  return [...sources.values()];
}

function sourceAt(sources: Map<string, ShareSource>, hcas: readonly string[]): ShareSource {
  const key = hcas.join('\n');
  const source = sources.get(key) ?? { free: [], used: 0, chosen: 0 };
  sources.set(key, source);
  return source;
}

/** Returns the best source with a free share. Of equal ones, the first in the list is the best. */
function bestOf(sources: readonly ShareSource[], sign: 1 | -1): ShareSource | null {
  let best: ShareSource | null = null;
  for (const source of sources) {
    if (source.free.length > 0 && (best === null || isBetter(source, best, sign))) best = source;
  }
  return best;
}

function isBetter(a: ShareSource, b: ShareSource, sign: 1 | -1): boolean {
  return (a.chosen - b.chosen || sign * (a.used - b.used)) < 0;
}
