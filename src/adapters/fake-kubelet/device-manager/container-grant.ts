// SPDX-License-Identifier: Apache-2.0
import type { ContainerGrant, GrantedDeviceNode, GrantedMount } from '../fake-kubelet-control.ts';
import type { Allocation } from './allocation-table.ts';
import { flagField, messagesField, textField, textMapField } from '../connection/message-fields.ts';
import type { WireMessage } from '../connection/reference-codec.ts';

/**
 * What a container starts with: the responses of its resources in one, the first seen wins. Envs and annotations are the same by
 * key, mounts and device nodes by the path in the container, CDI devices by name (kubelet: pod_devices.go, deviceRunContainerOptions).
 */
export function containerGrant(name: string, allocations: readonly Allocation[]): ContainerGrant {
  const responses = allocations.map(({ response }) => response);
  return {
    name,
    ids: Object.fromEntries(allocations.map(({ resource, ids }) => [resource, ids])),
    envs: firstOf(responses.flatMap((response) => Object.entries(textMapField(response, 'envs')))),
    annotations: firstOf(responses.flatMap((response) => Object.entries(textMapField(response, 'annotations')))),
    deviceNodes: firstByPath(responses.flatMap((response) => messagesField(response, 'devices').map(deviceNode))),
    mounts: firstByPath(responses.flatMap((response) => messagesField(response, 'mounts').map(mount))),
    cdiDevices: [
      ...new Set(
        responses.flatMap((response) =>
          messagesField(response, 'cdiDevices').map((device) => textField(device, 'name')),
        ),
      ),
    ],
  };
}

function firstOf<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries(entries.toReversed());
}

function firstByPath<T extends { readonly containerPath: string }>(items: readonly T[]): readonly T[] {
  const seen = new Set<string>();
  return items.filter(({ containerPath }) => !seen.has(containerPath) && seen.add(containerPath));
}

function deviceNode(message: WireMessage): GrantedDeviceNode {
  return {
    hostPath: textField(message, 'hostPath'),
    containerPath: textField(message, 'containerPath'),
    permissions: textField(message, 'permissions'),
  };
}

function mount(message: WireMessage): GrantedMount {
  return {
    hostPath: textField(message, 'hostPath'),
    containerPath: textField(message, 'containerPath'),
    readOnly: flagField(message, 'readOnly'),
  };
}
