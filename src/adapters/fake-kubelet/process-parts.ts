// SPDX-License-Identifier: Apache-2.0
import type { AllocationTable } from './device-manager/allocation-table.ts';
import type { DeviceTable } from './device-manager/device-table.ts';
import type { EndpointTable } from './device-manager/endpoint-table.ts';
import type { PodTable } from './device-manager/pod-table.ts';
import type { FakeKubeletSettings } from './options.ts';
import type { ProcessClock } from './time/process-clock.ts';

/** What the API server knows of the node. It outlives the kubelet process. */
export interface NodeObjects {
  /** The resources in the status of the Node. */
  readonly resources: Set<string>;
  readonly pods: PodTable;
}

/** What the parts of one kubelet process share. */
export interface ProcessParts extends FakeKubeletSettings {
  readonly clock: ProcessClock;
  readonly devices: DeviceTable;
  readonly endpoints: EndpointTable;
  readonly allocations: AllocationTable;
  readonly pods: PodTable;
  /** Writes the checkpoint. To be called after each change of devices or allocations. */
  readonly changed: () => void;
}
