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
 * The list message. The settings refuse a list of healthy shares that does not fit, but `Unhealthy` is two bytes longer:
 * where it is that which goes over the limit, the unhealthy shares are left out, since a list that is too long ends the
 * stream and takes the healthy ones with it.
 */
export function encodeList(shares: readonly Share[]): Uint8Array {
  const bytes = ListAndWatchResponse.encode({ devices: shares.map(toDevice) }).finish();
  if (bytes.length <= listSizeLimit) return bytes;
  return ListAndWatchResponse.encode({ devices: shares.filter((share) => share.healthy).map(toDevice) }).finish();
}

function toDevice(share: Share): Device {
  return {
    ID: share.id,
    health: share.healthy ? HEALTHY : UNHEALTHY,
    topology: share.numaNodes.length === 0 ? null : { nodes: share.numaNodes.map((ID) => ({ ID })) },
  };
}

/**
 * The answer for one container. Answers for several containers are these bytes one after the other: protobuf reads
 * repeated fields that way. CDI names go out both ways: in the field (kubelet 1.28 and later) and as an annotation, which is
 * all that older kubelets and runtimes know; runtimes skip a device that is named twice.
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

/** The name part of an annotation key has at most 63 characters (apimachinery, IsQualifiedName). */
const maxKeyName = 63;

/** A key of its own for each resource: the kubelet merges a container's annotations by key. */
function cdiAnnotationKey(resource: string): string {
  const name = `rdma-shared-dp_${resource.replace('/', '_')}`;
  return `cdi.k8s.io/${name.length <= maxKeyName ? name : `${name.slice(0, maxKeyName - 9)}_${shortHash(resource)}`}`;
}
