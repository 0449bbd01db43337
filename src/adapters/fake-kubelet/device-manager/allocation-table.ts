// SPDX-License-Identifier: Apache-2.0
import type { ContainerAllocateResponse } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';

/** The devices of one resource that one container holds, and the plugin's response for them. */
export interface Allocation {
  /** `<namespace>/<name>`, in place of the pod's UID. */
  readonly pod: string;
  readonly container: string;
  readonly resource: string;
  readonly ids: readonly string[];
  readonly response: ContainerAllocateResponse;
}

/** Which container holds which devices (kubelet: pod_devices.go). */
export class AllocationTable {
  private allocations: readonly Allocation[] = [];

  add(...allocations: readonly Allocation[]): void {
    this.allocations = [...this.allocations, ...allocations];
  }

  removePod(pod: string): void {
    this.allocations = this.allocations.filter((allocation) => allocation.pod !== pod);
  }

  all(): readonly Allocation[] {
    return this.allocations;
  }

  /** In order of allocation. */
  ofContainer(pod: string, container: string): readonly Allocation[] {
    return this.allocations.filter((allocation) => allocation.pod === pod && allocation.container === container);
  }

  idsInUse(resource: string): ReadonlySet<string> {
    return new Set(this.allocations.flatMap((allocation) => (allocation.resource === resource ? allocation.ids : [])));
  }
}
