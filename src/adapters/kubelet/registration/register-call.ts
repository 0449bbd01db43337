// SPDX-License-Identifier: Apache-2.0
import { messageOf } from '#domain/problem/problem.ts';
import type { RegisterRequest } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { registrationService } from '#adapters/kubelet-api/services.ts';
import { callKubelet } from '../sockets/unary-call.ts';

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
    const deadline = Date.now() + deadlineMs;
    await callKubelet(kubeletSocket, registrationService.register, request, { signal, deadline });
    return null;
  } catch (error) {
    return messageOf(error);
  }
}
