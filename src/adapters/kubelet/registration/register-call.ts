// SPDX-License-Identifier: Apache-2.0
import { Client, credentials } from '@grpc/grpc-js';
import { messageOf } from '#domain/problem/problem.ts';
import type { RegisterRequest } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { registrationService } from '#adapters/kubelet-api/services.ts';

/**
 * Well over the 10 s for which a kubelet tries to reach the plugin inside this call (devicemanager, client.go). Newer
 * kubelets would stop trying at our deadline.
 */
const deadlineMs = 20_000;

/**
 * Calls the kubelet's Register once. Resolves to null if the kubelet accepted, else to the kubelet's reason. Never
 * rejects. The call is cancelled when `signal` aborts.
 */
export async function registerWithKubelet(
  kubeletSocket: string,
  request: RegisterRequest,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const client = new Client(`unix:${kubeletSocket}`, credentials.createInsecure(), {
      'grpc.default_authority': 'localhost',
      'grpc.use_local_subchannel_pool': 1,
    });
    return await callRegister(client, request, signal).finally(() => client.close());
  } catch (error) {
    return messageOf(error);
  }
}

function callRegister(client: Client, request: RegisterRequest, signal: AbortSignal): Promise<string | null> {
  const { path, requestSerialize, responseDeserialize } = registrationService.register;
  return new Promise((resolve) => {
    const deadline = Date.now() + deadlineMs;
    const cancel = (): void => call.cancel();
    const call = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      { deadline },
      (error) => {
        signal.removeEventListener('abort', cancel);
        resolve(error === null ? null : error.details || error.message);
      },
    );
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel);
  });
}
