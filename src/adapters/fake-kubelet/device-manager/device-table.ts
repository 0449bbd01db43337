// SPDX-License-Identifier: Apache-2.0
import type { ResourceStatus } from '../fake-kubelet-control.ts';
import type { ListedDevice } from '../connection/plugin-connection.ts';

interface Devices {
  healthy: Set<string>;
  unhealthy: Set<string>;
  /** By id, as the topology manager would be told. */
  numaNodes: ReadonlyMap<string, readonly number[]>;
  /** When the last plugin went; null while there is one. */
  stoppedAt: number | null;
}

/** kubelet: endpointStopGracePeriod. */
const STOP_GRACE_MS = 300_000;
const zeros: ResourceStatus = { healthy: [], unhealthy: [], capacity: 0, allocatable: 0 };

/** The devices of each resource, as the device manager keeps them (kubelet: manager.go). */
export class DeviceTable {
  private readonly resources = new Map<string, Devices>();

  /** `onNode`: resources that the Node object has a field for, which outlives the kubelet. */
  constructor(
    private readonly now: () => number,
    private readonly onNode: Set<string>,
  ) {}

  /** A list message: it replaces everything. An id that is listed as both is in both sets. */
  replace(resource: string, listed: readonly ListedDevice[], stopped: boolean): void {
    const [healthy, unhealthy] = [new Set<string>(), new Set<string>()];
    for (const { id, health } of listed) (health === 'Healthy' ? healthy : unhealthy).add(id);
    const numaNodes = new Map(listed.map((device) => [device.id, device.numaNodes]));
    this.resources.set(resource, { healthy, unhealthy, numaNodes, stoppedAt: stopped ? this.now() : null });
    this.onNode.add(resource);
  }

  /** What a kubelet knows of a resource from its checkpoint: that there was one. */
  restore(resource: string): void {
    this.resources.set(resource, {
      healthy: new Set(),
      unhealthy: new Set(),
      numaNodes: new Map(),
      stoppedAt: this.now(),
    });
    this.onNode.add(resource);
  }

  pluginCame(resource: string): void {
    const devices = this.resources.get(resource);
    if (devices !== undefined) devices.stoppedAt = null;
  }

  pluginWent(resource: string): void {
    const devices = this.resources.get(resource);
    if (devices === undefined) return;
    const unhealthy = new Set([...devices.healthy, ...devices.unhealthy]);
    this.resources.set(resource, {
      healthy: new Set(),
      unhealthy,
      numaNodes: devices.numaNodes,
      stoppedAt: this.now(),
    });
  }

  knows(resource: string): boolean {
    return this.resources.has(resource);
  }

  healthy(resource: string): ReadonlySet<string> {
    return this.resources.get(resource)?.healthy ?? new Set();
  }

  numaNodes(resource: string): ReadonlyMap<string, readonly number[]> {
    return this.resources.get(resource)?.numaNodes ?? new Map();
  }

  /** Drops what has been without a plugin for longer than the grace; true if there was something. */
  expire(): boolean {
    const gone = [...this.resources].filter(
      ([, { stoppedAt }]) => stoppedAt !== null && this.now() - stoppedAt > STOP_GRACE_MS,
    );
    for (const [resource] of gone) this.resources.delete(resource);
    return gone.length > 0;
  }

  status(resource: string): ResourceStatus | null {
    const devices = this.resources.get(resource);
    if (devices === undefined) return this.onNode.has(resource) ? zeros : null;
    const [healthy, unhealthy] = [[...devices.healthy], [...devices.unhealthy]];
    return { healthy, unhealthy, capacity: healthy.length + unhealthy.length, allocatable: healthy.length };
  }

  /** Resource to healthy ids, as the checkpoint has it. */
  registered(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries([...this.resources].map(([resource, { healthy }]) => [resource, [...healthy]]));
  }
}
