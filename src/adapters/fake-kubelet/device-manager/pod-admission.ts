// SPDX-License-Identifier: Apache-2.0
import { messageOf } from '#domain/problem/problem.ts';
import type { ProcessParts } from '../process-parts.ts';
import type { Endpoint } from './endpoint-table.ts';
import { podKey } from './pod-table.ts';
import { type Admission, type ContainerRequest, type PodRequest, containerGrant } from './pod.ts';
import { randomChoice } from './random-choice.ts';

/** One container's request for one resource. */
interface ResourceRequest {
  readonly pod: string;
  readonly container: string;
  readonly resource: string;
  readonly count: number;
}

/**
 * Allocates devices to the containers of pods, without a topology manager (kubelet: manager.go, Allocate and
 * devicesToAllocate).
 */
export class PodAdmission {
  constructor(private readonly parts: ProcessParts) {}

  /** A rejected pod keeps what it was allocated until it is removed, as with a kubelet. */
  async admit(request: PodRequest): Promise<Admission> {
    const pod = podKey(request);
    const reusable = new Map<string, Set<string>>();
    try {
      for (const container of request.containers) await this.allocateContainer(pod, container, reusable);
    } catch (error) {
      return {
        admitted: false,
        reason: 'UnexpectedAdmissionError',
        message: `Pod was rejected: Allocate failed due to ${messageOf(error)}, which is unexpected`,
      };
    }
    for (const { name } of request.containers) await this.preStart(pod, name);
    const containers = request.containers.map(({ name }) =>
      containerGrant(name, this.parts.allocations.ofContainer(pod, name)),
    );
    return { admitted: true, containers };
  }

  /** `reusable` has the ids of each resource that init containers of the pod leave to later containers. */
  private async allocateContainer(
    pod: string,
    container: ContainerRequest,
    reusable: Map<string, Set<string>>,
  ): Promise<void> {
    const { devices, random } = this.parts;
    // Go iterates over a map in random order.
    for (const [resource, count] of randomChoice(Object.entries(container.limits), Infinity, random)) {
      if (!devices.has(resource)) continue;
      const reusableIds = reusable.get(resource) ?? new Set();
      const ids = await this.allocateResource({ pod, container: container.name, resource, count }, reusableIds);
      for (const id of ids)
        if (container.init === true) reusableIds.add(id);
        else reusableIds.delete(id);
      reusable.set(resource, reusableIds);
    }
  }

  private async allocateResource(request: ResourceRequest, reusable: ReadonlySet<string>): Promise<readonly string[]> {
    const { allocations, changed, devices, endpoints } = this.parts;
    const { pod, container, resource, count } = request;
    const held = allocations.ofContainer(pod, container).find((allocation) => allocation.resource === resource);
    if (held !== undefined) return checkUnchanged(request, held.ids);
    if (devices.healthy(resource).size === 0)
      throw new Error(`no healthy devices present; cannot allocate unhealthy devices ${resource}`);
    if (count === 0) return [];
    const endpoint = endpoints.primary(resource);
    if (endpoint === null) throw new Error(`unknown Device Plugin ${resource}`);
    const ids = await this.chooseIds(request, reusable, endpoint);
    const response = await endpoint.connection.allocate(ids);
    allocations.add({ pod, container, resource, ids, response });
    changed();
    return ids;
  }

  private async chooseIds(
    { resource, count }: ResourceRequest,
    reusable: ReadonlySet<string>,
    { connection, options }: Endpoint,
  ): Promise<readonly string[]> {
    const { random } = this.parts;
    const reused = randomChoice(reusable, count, random);
    if (reused.length === count) return reused;
    const available = this.available(resource, reused);
    const needed = count - reused.length;
    if (available.size < needed) throw tooFewDevices(resource, needed, available.size);
    if (!options.getPreferredAllocationAvailable) return [...reused, ...randomChoice(available, needed, random)];
    const preferred = await connection.preferred([...reused, ...available], reused, count);
    const usable = [...new Set(preferred)].filter((id) => available.has(id)).slice(0, needed);
    for (const id of usable) available.delete(id);
    return [...reused, ...usable, ...randomChoice(available, needed - usable.length, random)];
  }

  private available(resource: string, reused: readonly string[]): Set<string> {
    const unavailable = new Set([...this.parts.allocations.idsInUse(resource), ...reused]);
    return new Set([...this.parts.devices.healthy(resource)].filter((id) => !unavailable.has(id)));
  }

  /** A failure keeps the container from starting, but does not reject the pod. */
  private async preStart(pod: string, container: string): Promise<void> {
    const { allocations, endpoints, logger } = this.parts;
    for (const { resource, ids } of allocations.ofContainer(pod, container)) {
      const endpoint = endpoints.primary(resource);
      if (endpoint?.options.preStartRequired !== true) continue;
      await endpoint.connection.preStart(ids).catch((error: unknown) => {
        logger.log('warning', 'PreStartContainer failed', { pod, container, resource, error: messageOf(error) });
      });
    }
  }
}

function tooFewDevices(resource: string, requested: number, available: number): Error {
  return new Error(
    `requested number of devices unavailable for ${resource}. Requested: ${requested}, Available: ${available}`,
  );
}

/** Throws if a pod that is admitted again requests a different number of devices than it holds. */
function checkUnchanged(request: ResourceRequest, held: readonly string[]): readonly string[] {
  if (held.length === request.count) return held;
  const { pod, container, resource, count } = request;
  throw new Error(
    `pod "${pod}" container "${container}" changed request for resource "${resource}" from ${held.length} to ${count}`,
  );
}
