// SPDX-License-Identifier: Apache-2.0
import type { Device } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { HEALTHY } from '#adapters/kubelet-api/services.ts';

/** One resource in the node's status. Ids have no order. An id listed as healthy and as unhealthy is in both lists. */
export interface ResourceStatus {
  readonly healthy: readonly string[];
  readonly unhealthy: readonly string[];
  readonly capacity: number;
  readonly allocatable: number;
}

interface Devices {
  readonly healthy: ReadonlySet<string>;
  readonly unhealthy: ReadonlySet<string>;
  /** By device id, as the topology manager sees them. */
  readonly numaNodes: ReadonlyMap<string, readonly number[]>;
  /** When the last plugin stopped, or null while there is one. */
  readonly stoppedAt: number | null;
}

/** kubelet: endpointStopGracePeriod. */
const STOP_GRACE_MS = 300_000;
const emptyStatus: ResourceStatus = { healthy: [], unhealthy: [], capacity: 0, allocatable: 0 };
const noDevices: Omit<Devices, 'stoppedAt'> = { healthy: new Set(), unhealthy: new Set(), numaNodes: new Map() };

/** The devices of each resource (kubelet: devicemanager, manager.go). */
export class DeviceTable {
  private readonly resources = new Map<string, Devices>();

  /** `reported` holds the resources in the status of the Node object, which outlives the kubelet process. */
  constructor(
    private readonly now: () => number,
    private readonly reported: Set<string>,
  ) {}

  /** Replaces all devices of the resource by those of a list message. */
  replace(resource: string, listed: readonly Device[], stopped: boolean): void {
    const [healthy, unhealthy] = [new Set<string>(), new Set<string>()];
    for (const { ID, health } of listed) (health === HEALTHY ? healthy : unhealthy).add(ID);
    const numaNodes = new Map(listed.map(({ ID, topology }) => [ID, (topology?.nodes ?? []).map((node) => node.ID)]));
    this.put(resource, { healthy, unhealthy, numaNodes, stoppedAt: stopped ? this.now() : null });
  }

  /** Adds a resource from the checkpoint. It has no devices until its plugin registers. */
  restore(resource: string): void {
    this.put(resource, { ...noDevices, stoppedAt: this.now() });
  }

  pluginStarted(resource: string): void {
    const devices = this.resources.get(resource);
    if (devices !== undefined) this.put(resource, { ...devices, stoppedAt: null });
  }

  /** Marks all devices unhealthy. */
  pluginStopped(resource: string): void {
    const devices = this.resources.get(resource);
    if (devices === undefined) return;
    const unhealthy = new Set([...devices.healthy, ...devices.unhealthy]);
    this.put(resource, { ...devices, healthy: new Set(), unhealthy, stoppedAt: this.now() });
  }

  has(resource: string): boolean {
    return this.resources.has(resource);
  }

  healthy(resource: string): ReadonlySet<string> {
    return this.resources.get(resource)?.healthy ?? noDevices.healthy;
  }

  numaNodes(resource: string): ReadonlyMap<string, readonly number[]> {
    return this.resources.get(resource)?.numaNodes ?? noDevices.numaNodes;
  }

  /** Removes resources that have had no plugin for longer than the grace period. Returns whether there were any. */
  expire(): boolean {
    const expired = [...this.resources].filter(
      ([, { stoppedAt }]) => stoppedAt !== null && this.now() - stoppedAt > STOP_GRACE_MS,
    );
    for (const [resource] of expired) this.resources.delete(resource);
    return expired.length > 0;
  }

  /** Returns null for a resource that the node never reported. */
  status(resource: string): ResourceStatus | null {
    const devices = this.resources.get(resource);
    if (devices === undefined) return this.reported.has(resource) ? emptyStatus : null;
    const [healthy, unhealthy] = [[...devices.healthy], [...devices.unhealthy]];
    return { healthy, unhealthy, capacity: healthy.length + unhealthy.length, allocatable: healthy.length };
  }

  /** Returns the healthy ids of each resource, as the checkpoint has them. */
  registered(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries([...this.resources].map(([resource, { healthy }]) => [resource, [...healthy]]));
  }

  private put(resource: string, devices: Devices): void {
    this.resources.set(resource, devices);
    this.reported.add(resource);
  }
}
