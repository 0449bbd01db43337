// SPDX-License-Identifier: Apache-2.0
import type { DeviceSpec, Mount } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import type { Allocation } from './allocation-table.ts';

export interface ContainerRequest {
  readonly name: string;
  /** The number of devices of each resource. */
  readonly limits: Readonly<Record<string, number>>;
  /** An init container that ends before the app containers start, and leaves its devices to them. */
  readonly init?: boolean;
}

export interface PodRequest {
  readonly namespace: string;
  readonly name: string;
  /** Init containers first. */
  readonly containers: readonly ContainerRequest[];
}

export type PodName = Pick<PodRequest, 'namespace' | 'name'>;

/** What a container is started with, merged over its resources. */
export interface ContainerGrant {
  readonly name: string;
  /** The device ids of each resource. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
  readonly envs: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly deviceNodes: readonly DeviceSpec[];
  readonly mounts: readonly Mount[];
  readonly cdiDevices: readonly string[];
}

/** `message` is the pod's status message: prose of the kubelet that changes between versions. */
export type Admission =
  | { readonly admitted: true; readonly containers: readonly ContainerGrant[] }
  | { readonly admitted: false; readonly reason: 'UnexpectedAdmissionError'; readonly message: string };

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
