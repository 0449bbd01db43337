// SPDX-License-Identifier: Apache-2.0
import type {
  ContainerDevices,
  ListPodResourcesResponse,
} from '#adapters/kubelet-api/generated/podresources/v1/api.ts';
import { podKey } from '../device-manager/pod-table.ts';
import { randomChoice } from '../device-manager/random-choice.ts';
import type { ProcessParts } from '../process-parts.ts';

type Parts = Pick<ProcessParts, 'pods' | 'allocations' | 'random'>;

/**
 * Lists the active pods with the devices of their containers, each device in an entry of its own, in the random order
 * of Go's maps (kubelet: apis/podresources, server_v1.go; devicemanager, manager.go, GetDevices). Init containers are
 * left out: none runs any more.
 */
export function listPods({ pods, allocations, random }: Parts): ListPodResourcesResponse {
  const devicesOf = (pod: string, container: string): readonly ContainerDevices[] =>
    allocations
      .ofContainer(pod, container)
      .flatMap(({ resource, ids }) => ids.map((id) => ({ resourceName: resource, deviceIds: [id] })));
  const podResources = pods
    .all()
    .map((pod) => ({
      name: pod.name,
      namespace: pod.namespace,
      containers: pod.containers
        .filter(({ init }) => init !== true)
        .map(({ name }) => ({ name, devices: shuffled(devicesOf(podKey(pod), name), random) })),
    }));
  return { podResources: shuffled(podResources, random) };
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return randomChoice(items, Infinity, random);
}
