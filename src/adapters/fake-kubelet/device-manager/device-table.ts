// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';
import type { Device } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { HEALTHY, UNHEALTHY } from '#adapters/kubelet-api/services.ts';

/** One resource in the node's status. Ids have no order. An id listed as healthy and as unhealthy is in both lists. */
export interface ResourceStatus {
  readonly healthy: readonly string[];
  readonly unhealthy: readonly string[];
  readonly capacity: number;
  readonly allocatable: number;
}

interface Devices {
  readonly listed: readonly Device[];
  /** When the last plugin stopped, or null while there is one. */
  readonly stoppedAt: number | null;
}

/** kubelet: endpointStopGracePeriod. */
const STOP_GRACE_MS = 300_000;

/** The devices of each resource (kubelet: devicemanager, manager.go). */
export class DeviceTable {
  private readonly resources = new Map<string, Devices>();

  /** `reported` holds the resources in the status of the Node object, which outlives the kubelet process. */
  constructor(
    private readonly clock: Clock,
    private readonly reported: Set<string>,
  ) {}

  /** Replaces all devices of the resource by those of a list message. */
  replace(resource: string, listed: readonly Device[], stopped: boolean): void {
    this.resources.set(resource, { listed, stoppedAt: stopped ? this.clock.now() : null });
    this.reported.add(resource);
  }

  /** Adds a resource from the checkpoint. It has no devices until its plugin registers. */
  restore(resource: string): void {
    this.replace(resource, [], true);
  }

  pluginStarted(resource: string): void {
    if (this.has(resource)) this.replace(resource, this.listed(resource), false);
  }

  /** Marks all devices unhealthy. */
  pluginStopped(resource: string): void {
    const listed = this.listed(resource).map((device) => ({ ...device, health: UNHEALTHY }));
    if (this.has(resource)) this.replace(resource, listed, true);
  }

  has(resource: string): boolean {
    return this.resources.has(resource);
  }

  healthy(resource: string): ReadonlySet<string> {
    return idsOf(this.listed(resource).filter(({ health }) => health === HEALTHY));
  }

  /** Returns the NUMA nodes of each device by its id, as the topology manager sees them. */
  numaNodes(resource: string): ReadonlyMap<string, readonly number[]> {
    return new Map(
      this.listed(resource).map(({ ID, topology }) => [ID, (topology?.nodes ?? []).map((node) => node.ID)]),
    );
  }

  /** Removes resources that have had no plugin for longer than the grace period. Returns whether there were any. */
  expire(): boolean {
    const expired = [...this.resources].filter(
      ([, { stoppedAt }]) => stoppedAt !== null && this.clock.now() - stoppedAt > STOP_GRACE_MS,
    );
    for (const [resource] of expired) this.resources.delete(resource);
    return expired.length > 0;
  }

  /** Returns null for a resource that the node never reported. */
  status(resource: string): ResourceStatus | null {
    if (!this.reported.has(resource)) return null;
    const healthy = [...this.healthy(resource)];
    const unhealthy = [...idsOf(this.listed(resource).filter(({ health }) => health !== HEALTHY))];
    return { healthy, unhealthy, capacity: healthy.length + unhealthy.length, allocatable: healthy.length };
  }

  /** Returns the healthy ids of each resource, as the checkpoint has them. */
  registered(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries([...this.resources.keys()].map((resource) => [resource, [...this.healthy(resource)]]));
  }

  private listed(resource: string): readonly Device[] {
    return this.resources.get(resource)?.listed ?? [];
  }
}

function idsOf(devices: readonly Device[]): ReadonlySet<string> {
  return new Set(devices.map(({ ID }) => ID));
}
