// SPDX-License-Identifier: Apache-2.0
import type { AllocationTable } from './device-manager/allocation-table.ts';
import type { DeviceTable } from './device-manager/device-table.ts';
import type { EndpointTable } from './device-manager/endpoint-table.ts';
import type { FakeKubeletSettings } from './options.ts';
import type { ProcessClock } from './time/process-clock.ts';

/** What the parts of one kubelet process share. */
export interface ProcessParts extends FakeKubeletSettings {
  readonly clock: ProcessClock;
  readonly devices: DeviceTable;
  readonly endpoints: EndpointTable;
  readonly allocations: AllocationTable;
  /** Writes the checkpoint. To be called after each change of devices or allocations. */
  readonly changed: () => void;
}
