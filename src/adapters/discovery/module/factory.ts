// SPDX-License-Identifier: Apache-2.0
// What a discovery module exports and returns. The types are less strict than those of the port: the program completes
// and checks what a module returns (inventory.ts).
import type { DeviceNode, Hca, Netdev, PciFunction, Port } from '#domain/hca/hca.ts';
import type { Problem } from '#domain/problem/problem.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { ModuleOptions } from './process.ts';

type WithOptional<T, Required extends keyof T> = Pick<T, Required> & Partial<Omit<T, Required>>;

/** An HCA as a module reports it. What is absent counts as null or empty. */
export type ModuleHca = WithOptional<Omit<Hca, 'pci' | 'ports' | 'netdevs' | 'deviceNodes' | 'unanswered'>, 'name'> & {
  readonly pci?: WithOptional<PciFunction, 'address'> | null;
  readonly ports?: readonly WithOptional<Port, 'number'>[];
  readonly netdevs?: readonly WithOptional<Netdev, 'name' | 'linkType'>[];
  readonly deviceNodes?: readonly WithOptional<DeviceNode, 'kind' | 'path'>[];
};

/** The HCAs that a module finds. An `Inventory` is one. */
export interface ModuleInventory {
  readonly hcas: readonly ModuleHca[];
  readonly problems?: readonly Problem[];
}

/** The result of a module's factory. Without hints, the plugin notices changes at its periodic scans. */
export interface ModuleDiscovery {
  readonly discovery: { scan(): Promise<ModuleInventory> | ModuleInventory };
  readonly hints?: Partial<HcaChangeHints>;
}

/** The type of the function `createDiscovery`, which every module of `--discovery-module` exports. */
export type CreateDiscovery = (options: ModuleOptions) => ModuleDiscovery | Promise<ModuleDiscovery>;
