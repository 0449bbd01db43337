// SPDX-License-Identifier: Apache-2.0
import type { Allocation } from './allocation-table.ts';
import type { ContainerGrant } from './pod.ts';

/**
 * Merges the responses for a container's resources. The first response wins: by key for envs and annotations, by the
 * path in the container for mounts and device nodes, by name for CDI devices (kubelet: pod_devices.go,
 * deviceRunContainerOptions).
 */
export function containerGrant(name: string, allocations: readonly Allocation[]): ContainerGrant {
  const responses = allocations.map(({ response }) => response);
  return {
    name,
    ids: Object.fromEntries(allocations.map(({ resource, ids }) => [resource, ids])),
    envs: firstByKey(responses.map(({ envs }) => envs)),
    annotations: firstByKey(responses.map(({ annotations }) => annotations)),
    deviceNodes: firstByPath(responses.flatMap(({ devices }) => devices)),
    mounts: firstByPath(responses.flatMap(({ mounts }) => mounts)),
    cdiDevices: [...new Set(responses.flatMap(({ cdiDevices }) => cdiDevices.map((device) => device.name)))],
  };
}

function firstByKey(maps: readonly Readonly<Record<string, string>>[]): Readonly<Record<string, string>> {
  return Object.fromEntries(maps.flatMap((map) => Object.entries(map)).toReversed());
}

function firstByPath<T extends { readonly containerPath: string }>(items: readonly T[]): readonly T[] {
  const seen = new Set<string>();
  return items.filter(({ containerPath }) => !seen.has(containerPath) && seen.add(containerPath));
}
