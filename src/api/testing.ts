// SPDX-License-Identifier: Apache-2.0
// The package exports this file as `rdma-shared-device-plugin/testing`.
export { type CapturedHost, unpackCapturedHost } from '#adapters/discovery/capture/captured-host.ts';
export type { ContractCase } from '#src/testing/contract-case.ts';
export { hcaDiscoveryContract } from '#src/testing/hca-discovery-contract.ts';
export { hcaHintsContract } from '#src/testing/hca-hints-contract.ts';
export { type LoadedModule, loadModule } from '#src/testing/loaded-module.ts';
export type { AddedHca, HcaWorld, HintedWorld, WorldHardware } from '#src/testing/hca-world.ts';
