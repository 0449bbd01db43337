// SPDX-License-Identifier: Apache-2.0
import type { Grant } from '#domain/grant/grant.ts';
import { shortHash } from '#domain/text/short-hash.ts';
import {
  AllocateResponse,
  type ContainerAllocateResponse,
} from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';

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
