// SPDX-License-Identifier: Apache-2.0

/** One resource as the node reports it. Ids are in no particular order; an id listed twice, once unhealthy, is in both lists. */
export interface ResourceStatus {
  readonly healthy: readonly string[];
  readonly unhealthy: readonly string[];
  readonly capacity: number;
  readonly allocatable: number;
}

export interface ContainerRequest {
  readonly name: string;
  /** How many devices of each resource. */
  readonly limits: Readonly<Record<string, number>>;
  /** An init container that ends before the app containers start, so that its devices are free for them. */
  readonly init?: boolean;
}

export interface PodRequest {
  readonly namespace: string;
  readonly name: string;
  /** Init containers first. */
  readonly containers: readonly ContainerRequest[];
}

export type PodName = Pick<PodRequest, 'namespace' | 'name'>;

export interface GrantedDeviceNode {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly permissions: string;
}

export interface GrantedMount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
}

/** What a container is started with, merged over its resources. */
export interface ContainerGrant {
  readonly name: string;
  readonly ids: Readonly<Record<string, readonly string[]>>;
  readonly envs: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly deviceNodes: readonly GrantedDeviceNode[];
  readonly mounts: readonly GrantedMount[];
  readonly cdiDevices: readonly string[];
}

/** `message` is the pod's status message: prose of the kubelet, to be matched loosely. */
export type Admission =
  | { readonly admitted: true; readonly containers: readonly ContainerGrant[] }
  | { readonly admitted: false; readonly reason: 'UnexpectedAdmissionError'; readonly message: string };

/**
 * The kubelet of one node, as a person with a test or a demonstration sees it. An implementer must guarantee:
 * - `start` resolves when plugins can register; it deletes the sockets in the device-plugins directory, others' too.
 * - `stop` is a kill: connections break, socket files stay, and nothing of it keeps the process alive.
 * - `devices` is null for a resource that the node never reported; one that it has lost is reported with zeros.
 * - `admit` of a pod that was admitted before, even by an earlier life of this kubelet, gives what it got then, without asking
 *   the plugin. Pods are admitted one after the other. A resource that is unknown is passed over.
 * - `remove` frees the pod's devices; a pod that is unknown is no error.
 * - Listeners of `onChange` hear, after the fact and perhaps too often, that `devices` may answer differently.
 */
export abstract class Kubelet {
  abstract start(): Promise<void>;
  abstract stop(): Promise<void>;
  abstract restart(): Promise<void>;
  abstract devices(resource: string): Promise<ResourceStatus | null>;
  abstract admit(pod: PodRequest): Promise<Admission>;
  abstract remove(pod: PodName): Promise<void>;
  /** Returns what ends the subscription. */
  abstract onChange(listener: () => void): () => void;
}
