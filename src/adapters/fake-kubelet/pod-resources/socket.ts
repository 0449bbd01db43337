// SPDX-License-Identifier: Apache-2.0
import { type handleUnaryCall, status } from '@grpc/grpc-js';
import type {
  ListPodResourcesRequest,
  ListPodResourcesResponse,
} from '#adapters/kubelet-api/generated/podresources/v1/api.ts';
import { podResourcesService } from '#adapters/kubelet-api/services.ts';
import { ServedSocket, answering } from '../connection/served-socket.ts';
import type { ProcessParts } from '../process-parts.ts';
import { listPods } from './listing.ts';
import { RateLimit } from './rate-limit.ts';

/** Creates the socket of the PodResources service; null if the kubelet does not serve it. */
export function createPodResourcesSocket(parts: ProcessParts): ServedSocket | null {
  const { clock, faults, podResourcesDir } = parts;
  if (podResourcesDir === null) return null;
  const list = answering<ListPodResourcesRequest, ListPodResourcesResponse>(() =>
    faults.apply('listPodResources', clock, { podResources: [] }, async () => await Promise.resolve(listPods(parts))),
  );
  return new ServedSocket(podResourcesDir, (server) => {
    server.addService(podResourcesService, { list: limited(new RateLimit(clock), list) });
  });
}

function limited<Request, Response>(
  limit: RateLimit,
  handler: handleUnaryCall<Request, Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    if (limit.take()) handler(call, callback);
    else callback({ code: status.RESOURCE_EXHAUSTED, details: 'rejected by rate limit' });
  };
}
