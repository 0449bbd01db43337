// SPDX-License-Identifier: Apache-2.0
// The package exports this file as `rdma-shared-device-plugin/discovery`, for third-party discovery adapters.
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { ModuleOptions } from '#adapters/discovery/module/process.ts';

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

/** The result of a module's factory. Without hints, the plugin notices changes at its periodic scans. */
export interface ModuleDiscovery {
  readonly discovery: HcaDiscovery;
  readonly hints?: Partial<HcaChangeHints>;
}

/** The type of the function `createDiscovery`, which every module of `--discovery-module` exports. */
export type CreateDiscovery = (options: ModuleOptions) => ModuleDiscovery | Promise<ModuleDiscovery>;
