// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { Hca, Inventory } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import { deepFreeze } from './deep-freeze.ts';
import { duplicateHca } from './module/problems.ts';

/** One of several that look at the same host; `title` is how it is called in a sentence. */
export interface NamedDiscovery {
  readonly title: string;
  readonly discovery: HcaDiscovery;
  readonly hints: HcaChangeHints;
}

interface Seen {
  readonly hca: Hca;
  readonly by: string;
}

/**
 * Several discoveries as one. An HCA that two report, by name or PCI address, is that of the first. The RDMA network namespace
 * mode is the first's, and a scan rejects when a scan of one does.
 */
export class CombinedDiscovery implements HcaDiscovery, HcaChangeHints {
  constructor(private readonly parts: readonly NamedDiscovery[]) {}

  async scan(): Promise<Inventory> {
    const found = await Promise.all(this.parts.map(({ discovery }) => discovery.scan()));
    const seen: Seen[] = [];
    const problems: Problem[] = [];
    for (const [index, { title }] of this.parts.entries()) {
      const inventory = found[index];
      if (inventory === undefined) continue;
      const before = [...seen];
      for (const hca of inventory.hcas) {
        const twin = twinOf(hca, before);
        if (twin === null) seen.push({ hca, by: title });
        else problems.push(duplicateHca(hca.name, title, twin.by, twin.same));
      }
      problems.push(...inventory.problems);
    }
    const hcas = seen.map(({ hca }) => hca).toSorted((a, b) => compareNaturally(a.name, b.name));
    return deepFreeze({ hcas, netnsMode: found[0]?.netnsMode ?? null, problems });
  }

  watch(onHint: () => void): () => void {
    return all(this.parts.map(({ hints }) => hints.watch(onHint)));
  }

  watchLinks(onHint: () => void): () => void {
    return all(this.parts.map(({ hints }) => hints.watchLinks(onHint)));
  }
}

function all(stops: readonly (() => void)[]): () => void {
  return () => {
    for (const stop of stops) stop();
  };
}

/** HCAs of one discovery are never twins: subfunctions have the PCI address of the function that they are of. */
function twinOf(hca: Hca, before: readonly Seen[]): { readonly by: string; readonly same: string } | null {
  const named = before.find((other) => other.hca.name === hca.name);
  if (named !== undefined) return { by: named.by, same: 'name' };
  const address = hca.pci?.address ?? null;
  const placed = before.find((other) => address !== null && other.hca.pci?.address === address);
  return placed === undefined ? null : { by: placed.by, same: `PCI address ${address}` };
}
