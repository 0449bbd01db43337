// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { Hca, Inventory } from '#domain/hca/hca.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import { deepFreeze } from './deep-freeze.ts';
import { byName } from './order.ts';
import { duplicateHca } from './problems.ts';

/** One of several discoveries of the same host. `title` is its name in a sentence. */
export interface NamedDiscovery {
  readonly title: string;
  readonly discovery: HcaDiscovery;
  readonly hints: HcaChangeHints;
}

interface FoundHca {
  readonly hca: Hca;
  readonly foundBy: string;
}

/**
 * Combines discoveries into one. If two report the same HCA, by name or PCI address, the first one's counts. The RDMA
 * network namespace mode is that of the first discovery. A scan rejects if the scan of any discovery does.
 */
export class CombinedDiscovery implements HcaDiscovery, HcaChangeHints {
  constructor(private readonly parts: readonly NamedDiscovery[]) {}

  async scan(): Promise<Inventory> {
    const inventories = await Promise.all(this.parts.map(({ discovery }) => discovery.scan()));
    const found: FoundHca[] = [];
    const problems: Problem[] = [];
    for (const [index, { title }] of this.parts.entries()) {
      const inventory = inventories[index];
      if (inventory === undefined) continue;
      const earlier = [...found];
      for (const hca of inventory.hcas) {
        const duplicate = duplicateOf(hca, earlier);
        if (duplicate === null) found.push({ hca, foundBy: title });
        else problems.push(duplicateHca(hca.name, title, duplicate.foundBy, duplicate.attribute));
      }
      problems.push(...inventory.problems);
    }
    const hcas = found.map(({ hca }) => hca).toSorted(byName);
    return deepFreeze({ hcas, netnsMode: inventories[0]?.netnsMode ?? null, problems });
  }

  watch(onHint: () => void): () => void {
    return stopAll(this.parts.map(({ hints }) => hints.watch(onHint)));
  }

  watchLinks(onHint: () => void): () => void {
    return stopAll(this.parts.map(({ hints }) => hints.watchLinks(onHint)));
  }
}

function stopAll(stops: readonly (() => void)[]): () => void {
  return () => {
    for (const stop of stops) stop();
  };
}

/**
 * Finds an HCA of an earlier discovery with the same name or PCI address. HCAs of one discovery are never duplicates:
 * subfunctions share the PCI address of their function.
 */
function duplicateOf(
  hca: Hca,
  earlier: readonly FoundHca[],
): { readonly foundBy: string; readonly attribute: string } | null {
  const sameName = earlier.find((other) => other.hca.name === hca.name);
  if (sameName !== undefined) return { foundBy: sameName.foundBy, attribute: 'name' };
  const address = hca.pci?.address;
  const samePlace = earlier.find((other) => address !== undefined && other.hca.pci?.address === address);
  return samePlace === undefined ? null : { foundBy: samePlace.foundBy, attribute: `PCI address ${address}` };
}
