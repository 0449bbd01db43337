// SPDX-License-Identifier: Apache-2.0
import type { CreateDiscovery, ModuleDiscovery } from '#adapters/discovery/module/factory.ts';
import { readModuleInventory } from '#adapters/discovery/module/inventory.ts';
import type { ModuleOptions } from '#adapters/discovery/module/process.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';

/** A module as the program sees it. */
export interface LoadedModule {
  readonly discovery: HcaDiscovery;
  readonly hints: NonNullable<ModuleDiscovery['hints']>;
}

/**
 * Creates the discovery of a module, for the contract suite. As in the program, its answers are exchanged as JSON,
 * completed and checked: a scan rejects if the program would reject the answer.
 */
export async function loadModule(createDiscovery: CreateDiscovery, options: ModuleOptions): Promise<LoadedModule> {
  const { discovery, hints = {} } = await createDiscovery(options);
  if (typeof discovery?.scan !== 'function')
    throw new TypeError('createDiscovery must return an object with discovery.scan');
  const scan = async (): ReturnType<HcaDiscovery['scan']> => {
    const answer: unknown = JSON.parse(JSON.stringify(await discovery.scan()));
    return readModuleInventory(answer);
  };
  return { discovery: { scan }, hints };
}
