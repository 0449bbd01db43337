// SPDX-License-Identifier: Apache-2.0
import type { ListPodResourcesResponse } from '#adapters/kubelet-api/generated/podresources/v1/api.ts';
import { podResourcesService } from '#adapters/kubelet-api/services.ts';
import { type ProbeResult, probeGrpcServer } from '../sockets/socket-probe.ts';
import { callKubelet } from '../sockets/unary-call.ts';

/**
 * The longest list to accept. It has every device of every pod, with some 50 bytes for each: a node that shares its GPU
 * memory by the MiB can exceed the default of gRPC, 4 MiB. Much more would exceed the memory limit of our manifests.
 */
const maxListBytes = 32 * 1024 * 1024;

/**
 * Asks the kubelet once for its active pods and their devices. Rejects with the reason if it gives none. When `signal`
 * aborts, everything is closed.
 */
export async function listPodResources(socket: string, signal: AbortSignal): Promise<ListPodResourcesResponse> {
  await expectServer(socket, signal);
  const client = { 'grpc.max_receive_message_length': maxListBytes };
  return await callKubelet(socket, podResourcesService.list, {}, { signal, client });
}

/** Rejects unless a gRPC server answers, because a connection to a frozen kubelet could not be closed. */
async function expectServer(socket: string, signal: AbortSignal): Promise<void> {
  const probe = probeGrpcServer(socket);
  signal.addEventListener('abort', probe.abort);
  const result = await probe.result.finally(() => signal.removeEventListener('abort', probe.abort));
  if (result !== 'answers') throw new Error(resultWords[result]);
}

const resultWords: Readonly<Record<Exclude<ProbeResult, 'answers'>, string>> = {
  refuses: 'no kubelet listens on the socket',
  silent: 'the connection was closed without an answer',
};
