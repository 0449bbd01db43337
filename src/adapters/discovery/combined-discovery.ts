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
  /** The specifier of the module; null for the built-in discovery. */
  readonly module: string | null;
  readonly discovery: HcaDiscovery;
  readonly hints: HcaChangeHints;
}

interface FoundHca {
  readonly hca: Hca;
  readonly foundBy: string;
}

/**
 * Combines discoveries into one. If two report the same HCA, by name or PCI address, the first one's counts. The RDMA
 * network namespace mode is that of the first discovery. A PCI function is idle unless another discovery finds an HCA
 * on it. A scan rejects if the scan of any discovery does.
 */
export class CombinedDiscovery implements HcaDiscovery, HcaChangeHints {
  constructor(private readonly parts: readonly NamedDiscovery[]) {}

  async scan(): Promise<Inventory> {
    const inventories = await Promise.all(
      this.parts.map(async ({ title, module, discovery }) => ({ foundBy: title, module, ...(await discovery.scan()) })),
    );
    const found: FoundHca[] = [];
    const problems: Problem[] = [];
    for (const { foundBy, module, ...inventory } of inventories) {
      const earlier = [...found];
      for (const hca of inventory.hcas) {
        const duplicate = duplicateProblem({ hca, foundBy }, earlier);
        if (duplicate === null) found.push({ hca: module === null ? hca : { ...hca, discovery: module }, foundBy });
        else problems.push(duplicate);
      }
      problems.push(...inventory.problems);
    }
    const hcas = found.map(({ hca }) => hca).toSorted(byName);
    const idle = inventories.flatMap(({ idleFunctions = [] }) => idleFunctions);
    const used = new Set(hcas.flatMap(({ pci }) => pci?.address ?? []));
    return deepFreeze({
      hcas,
      netnsMode: inventories[0]?.netnsMode ?? null,
      problems,
      idleFunctions: idle.filter(({ pci }) => !used.has(pci.address)),
      isPartial: inventories.some(({ isPartial }) => isPartial),
      failedModules: inventories.flatMap(({ module, isPartial }) =>
        isPartial === true && module !== null ? [module] : [],
      ),
    });
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
 * The problem if an earlier discovery found an HCA with the same name or PCI address. HCAs of one discovery are never
 * duplicates: subfunctions share the PCI address of their function.
 */
function duplicateProblem({ hca, foundBy }: FoundHca, earlier: readonly FoundHca[]): Problem | null {
  const sameName = earlier.find((other) => other.hca.name === hca.name);
  if (sameName !== undefined) return duplicateHca(hca.name, foundBy, sameName.foundBy, 'name');
  const address = hca.pci?.address;
  const sameAddress = earlier.find((other) => address !== undefined && other.hca.pci?.address === address);
  return sameAddress === undefined
    ? null
    : duplicateHca(hca.name, foundBy, sameAddress.foundBy, `PCI address ${address}`);
}
