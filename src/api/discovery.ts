// SPDX-License-Identifier: Apache-2.0
// The package exports this file as `rdma-shared-device-plugin/discovery`, for third-party discovery adapters.
export type {
  CreateDiscovery,
  ModuleDiscovery,
  ModuleHca,
  ModuleInventory,
} from '#adapters/discovery/module/factory.ts';
export type { ModuleOptions } from '#adapters/discovery/module/process.ts';
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
export type { HcaChangeHints } from '#ports/hca-change-hints.ts';
export type { HcaDiscovery } from '#ports/hca-discovery.ts';
