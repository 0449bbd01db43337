// SPDX-License-Identifier: Apache-2.0
import type { Admission, ContainerRequest, PodRequest } from '../fake-kubelet-control.ts';
import type { Logger } from '#ports/logger.ts';
import type { AllocationTable } from './allocation-table.ts';
import { containerGrant } from './container-grant.ts';
import type { DeviceTable } from './device-table.ts';
import type { Endpoint, EndpointTable } from './endpoint-table.ts';
import { textOf } from '../plugin-manager/plugin-registrar.ts';
import { randomChoice, shuffled } from './random-choice.ts';

export interface AdmissionParts {
  readonly devices: DeviceTable;
  readonly endpoints: EndpointTable;
  readonly allocations: AllocationTable;
  readonly random: () => number;
  readonly logger: Logger;
  /** An allocation was made and has to be remembered. */
  readonly allocated: () => void;
}

/** Ids by resource that ordinary init containers of the pod had. */
type Reusable = Map<string, Set<string>>;

/** One container's wish for one resource. */
interface Wish {
  readonly pod: string;
  readonly container: string;
  readonly resource: string;
  readonly count: number;
}

/** Gives devices to the containers of pods (kubelet: manager.go, Allocate and devicesToAllocate; no topology manager). */
export class PodAdmission {
  constructor(private readonly parts: AdmissionParts) {}

  /** What a refused pod had got before it was refused stays taken until the pod is removed, as with a kubelet. */
  async admit(request: PodRequest): Promise<Admission> {
    const pod = `${request.namespace}/${request.name}`;
    const reusable: Reusable = new Map();
    try {
      for (const container of request.containers) await this.allocateContainer(pod, container, reusable);
    } catch (error) {
      return {
        admitted: false,
        reason: 'UnexpectedAdmissionError',
        message: `Pod was rejected: Allocate failed due to ${textOf(error)}, which is unexpected`,
      };
    }
    for (const { name } of request.containers) await this.preStart(pod, name);
    const containers = request.containers.map(({ name }) =>
      containerGrant(name, this.parts.allocations.ofContainer(pod, name)),
    );
    return { admitted: true, containers };
  }

  private async allocateContainer(pod: string, container: ContainerRequest, reusable: Reusable): Promise<void> {
    const { devices, random } = this.parts;
    for (const [resource, count] of shuffled(Object.entries(container.limits), random)) {
      if (!devices.knows(resource)) continue;
      const ids = await this.allocateResource(
        { pod, container: container.name, resource, count },
        reusable.get(resource) ?? new Set(),
      );
      const left = reusable.get(resource) ?? new Set();
      for (const id of ids)
        if (container.init === true) left.add(id);
        else left.delete(id);
      reusable.set(resource, left);
    }
  }

  private async allocateResource(wish: Wish, reusable: ReadonlySet<string>): Promise<readonly string[]> {
    const { allocations, devices, endpoints } = this.parts;
    const held = allocations.ofContainer(wish.pod, wish.container).find(({ resource }) => resource === wish.resource);
    if (held !== undefined) return keep(wish, held.ids);
    if (devices.healthy(wish.resource).size === 0) {
      throw new Error(`no healthy devices present; cannot allocate unhealthy devices ${wish.resource}`);
    }
    if (wish.count === 0) return [];
    const endpoint = endpoints.primary(wish.resource);
    if (endpoint === null) throw new Error(`unknown Device Plugin ${wish.resource}`);
    const ids = await this.choose(wish, reusable, endpoint);
    const response = await endpoint.connection.allocate(ids);
    allocations.add({ pod: wish.pod, container: wish.container, resource: wish.resource, ids, response });
    this.parts.allocated();
    return ids;
  }

  private async choose(wish: Wish, reusable: ReadonlySet<string>, endpoint: Endpoint): Promise<readonly string[]> {
    const { random } = this.parts;
    const reused = randomChoice(reusable, wish.count, random);
    if (reused.length === wish.count) return reused;
    const available = this.available(wish.resource, reused);
    const needed = wish.count - reused.length;
    if (available.size < needed) {
      throw new Error(
        `requested number of devices unavailable for ${wish.resource}. Requested: ${needed}, Available: ${available.size}`,
      );
    }
    if (!endpoint.options.preferredAllocation) return [...reused, ...randomChoice(available, needed, random)];
    const preferred = await endpoint.connection.preferred([...reused, ...available], reused, wish.count);
    const usable = [...new Set(preferred)].filter((id) => available.has(id)).slice(0, needed);
    for (const id of usable) available.delete(id);
    return [...reused, ...usable, ...randomChoice(available, needed - usable.length, random)];
  }

  private available(resource: string, chosen: readonly string[]): Set<string> {
    const inUse = this.parts.allocations.idsInUse(resource);
    const taken = new Set(chosen);
    return new Set([...this.parts.devices.healthy(resource)].filter((id) => !inUse.has(id) && !taken.has(id)));
  }

  /** A failure here keeps the container from starting but is no refusal of the pod. */
  private async preStart(pod: string, container: string): Promise<void> {
    const { allocations, endpoints, logger } = this.parts;
    for (const { resource, ids } of allocations.ofContainer(pod, container)) {
      const endpoint = endpoints.primary(resource);
      if (endpoint?.options.preStartRequired !== true) continue;
      await endpoint.connection.preStart(ids).catch((error: unknown) => {
        logger.log('warning', 'PreStartContainer failed', { pod, container, resource, error: textOf(error) });
      });
    }
  }
}

function keep(wish: Wish, held: readonly string[]): readonly string[] {
  if (held.length === wish.count) return held;
  throw new Error(
    `pod "${wish.pod}" container "${wish.container}" changed request for resource "${wish.resource}" from ${held.length} to ${wish.count}`,
  );
}
