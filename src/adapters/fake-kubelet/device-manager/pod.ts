// SPDX-License-Identifier: Apache-2.0
import type { DeviceSpec, Mount } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';

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
