// SPDX-License-Identifier: Apache-2.0
import type { Offer } from '../offer/offer.ts';

/** What the kubelet asks for one container: `size` shares out of `available`, among them all of `mustInclude`. */
export interface PreferenceRequest {
  readonly available: readonly string[];
  readonly mustInclude: readonly string[];
  readonly size: number;
}

/** One HCA as a source of shares. `taken` are those that containers have, this one among them; `given` are this one's. */
interface Source {
  readonly place: number;
  readonly free: string[];
  taken: number;
  given: number;
}

/**
 * The shares that a container best gets, by the offer's policy: first of HCAs of which it has none yet, and among those of the one of which the
 * fewest (`spread`) or the most (`pack`) shares are taken. Holds `mustInclude`, is a subset of what was named, and has the size that was asked for
 * if there are so many. The kubelet may take only a part of it, and fails the pod for an error: so there is none (devicemanager,
 * devicesToAllocate).
 */
export function preferredShares(offer: Offer, { available, mustInclude, size }: PreferenceRequest): readonly string[] {
  const chosen = new Set(mustInclude);
  const free = new Set(available.filter((id) => !chosen.has(id)));
  const sources = sourcesOf(offer, free, chosen);
  while (chosen.size < size) {
    const source = bestOf(sources, offer.preference === 'pack' ? -1 : 1);
    const id = source?.free.pop();
    if (source === null || id === undefined) break;
    source.taken += 1;
    source.given += 1;
    chosen.add(id);
    free.delete(id);
  }
  // What we do not know, the kubelet still has to choose from.
  for (const id of free) if (chosen.size < size) chosen.add(id);
  return [...chosen];
}

function sourcesOf(offer: Offer, free: ReadonlySet<string>, chosen: ReadonlySet<string>): readonly Source[] {
  const sources = new Map<string, Source>();
  for (const { id, hcas } of offer.shares) {
    const key = hcas.join('\n');
    const source = sources.get(key) ?? { place: sources.size, free: [], taken: 0, given: 0 };
    sources.set(key, source);
    if (free.has(id)) source.free.push(id);
    else source.taken += 1;
    if (chosen.has(id)) source.given += 1;
  }
  // The lowest slots go first, by `pop`.
  for (const source of sources.values()) source.free.reverse();
  return [...sources.values()];
}

function bestOf(sources: readonly Source[], sign: 1 | -1): Source | null {
  let best: Source | null = null;
  for (const source of sources) {
    if (source.free.length > 0 && (best === null || isBetter(source, best, sign))) best = source;
  }
  return best;
}

function isBetter(one: Source, other: Source, sign: 1 | -1): boolean {
  return (one.given - other.given || sign * (one.taken - other.taken) || one.place - other.place) < 0;
}
