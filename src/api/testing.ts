// SPDX-License-Identifier: Apache-2.0
// What the package exports as `rdma-shared-device-plugin/testing`.
export { type CapturedHost, unpackCapturedHost } from '#src/testing/captured-host.ts';
export {
  type ContractCase,
  type HcaWorld,
  type WorldHardware,
  hcaDiscoveryContract,
} from '#src/testing/hca-discovery-contract.ts';
