// SPDX-License-Identifier: Apache-2.0
import type { Grant } from '#domain/grant/grant.ts';
import { listSizeLimit } from '#domain/kubelet-limits/list-size.ts';
import type { Share } from '#domain/offer/share.ts';
import { shortHash } from '#domain/text/short-hash.ts';
import {
  AllocateResponse,
  type ContainerAllocateResponse,
  type Device,
  ListAndWatchResponse,
} from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { HEALTHY, UNHEALTHY } from '#adapters/kubelet-api/services.ts';

/**
 * Encodes the list message. Settings whose healthy shares do not fit are rejected, but `Unhealthy` is two bytes longer
 * than `Healthy`. If these bytes exceed the limit, the unhealthy shares are omitted: the kubelet would end the stream
 * because of the long list, and all shares would be lost. Returns also how many were omitted.
 */
export function encodeList(shares: readonly Share[]): { readonly message: Uint8Array; readonly omitted: number } {
  const message = encodeDevices(shares);
  if (message.length <= listSizeLimit) return { message, omitted: 0 };
  const healthy = shares.filter((share) => share.healthy);
  return { message: encodeDevices(healthy), omitted: shares.length - healthy.length };
}

function encodeDevices(shares: readonly Share[]): Uint8Array {
  return ListAndWatchResponse.encode({ devices: shares.map(toDevice) }).finish();
}

function toDevice(share: Share): Device {
  return {
    ID: share.id,
    health: share.healthy ? HEALTHY : UNHEALTHY,
    topology: share.numaNodes.length === 0 ? null : { nodes: share.numaNodes.map((ID) => ({ ID })) },
  };
}

/**
 * Encodes the answer for one container. The answers for several containers can be concatenated: protobuf reads repeated
 * fields that way. CDI names are sent twice: in the field (kubelet 1.28 and later), and as an annotation for older
 * kubelets and runtimes. Runtimes ignore a device that is named twice.
 */
export function encodeGrant(grant: Grant): Uint8Array {
  return AllocateResponse.encode({ containerResponses: [toContainerResponse(grant)] }).finish();
}

function toContainerResponse(grant: Grant): ContainerAllocateResponse {
  return {
    envs: grant.environment,
    mounts: [],
    devices: grant.deviceNodes.map(({ path, permissions }) => ({ containerPath: path, hostPath: path, permissions })),
    annotations:
      grant.cdiDevices.length === 0 ? {} : { [cdiAnnotationKey(grant.resource)]: grant.cdiDevices.join(',') },
    cdiDevices: grant.cdiDevices.map((name) => ({ name })),
  };
}

/** The longest name part of an annotation key (apimachinery, IsQualifiedName). */
const maxKeyNameLength = 63;

/** Returns a key that no other resource uses: the kubelet merges the annotations of a container by key. */
function cdiAnnotationKey(resource: string): string {
  const name = `rdma-shared-dp_${resource.replace('/', '_')}`;
  if (name.length <= maxKeyNameLength) return `cdi.k8s.io/${name}`;
  return `cdi.k8s.io/${name.slice(0, maxKeyNameLength - 9)}_${shortHash(resource)}`;
}
