// SPDX-License-Identifier: Apache-2.0
// What the package exports as `rdma-shared-device-plugin/discovery`, for discovery adapters outside this tree.
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { ModuleOptions } from '#adapters/discovery/module/thread.ts';

export type { Actor } from '#domain/problem/catalogue.ts';
export { type Problem, ProblemError } from '#domain/problem/problem.ts';
export {
  type DeviceNode,
  type DeviceNodeKind,
  type Hca,
  type Inventory,
  type Netdev,
  type NetnsMode,
  type PciFunction,
  type Port,
  deviceNodeKinds,
} from '#domain/hca/hca.ts';
export { compareNaturally } from '#domain/text/natural-order.ts';
export { deepFreeze } from '#adapters/discovery/deep-freeze.ts';
export type { HcaChangeHints, HcaDiscovery, ModuleOptions };

/** What a module's factory gives; without hints, the periodic scan finds what changed. */
export interface ModuleDiscovery {
  readonly discovery: HcaDiscovery;
  readonly hints?: Partial<HcaChangeHints>;
}

/** A module that `--discovery-module` names exports a function `createDiscovery` of this type. */
export type CreateDiscovery = (options: ModuleOptions) => ModuleDiscovery | Promise<ModuleDiscovery>;
