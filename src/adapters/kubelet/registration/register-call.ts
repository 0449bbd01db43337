// SPDX-License-Identifier: Apache-2.0
import { messageOf } from '#domain/problem/problem.ts';
import { Client, credentials } from '@grpc/grpc-js';
import type { DevicePluginOptions, RegisterRequest } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { DEVICE_PLUGIN_API_VERSION, registrationService } from '#adapters/kubelet-api/services.ts';

/**
 * Well over the 10 s for which a kubelet tries to reach the plugin inside this call (devicemanager, client.go): in newer
 * kubelets our deadline would cut that short.
 */
const deadlineMs = 20_000;

export interface RegisterTarget {
  readonly kubeletSocket: string;
  /** The plugin socket's file name in the same directory. */
  readonly endpoint: string;
  readonly resource: string;
  readonly options: DevicePluginOptions;
}

/** Calls the kubelet's Register once. Resolves to null when the kubelet took it, else to the kubelet's reason. Never rejects. */
export async function registerWithKubelet(target: RegisterTarget): Promise<string | null> {
  try {
    return await registerOnce(target);
  } catch (error) {
    return messageOf(error);
  }
}

async function registerOnce(target: RegisterTarget): Promise<string | null> {
  const client = new Client(`unix:${target.kubeletSocket}`, credentials.createInsecure(), {
    'grpc.default_authority': 'localhost',
    'grpc.use_local_subchannel_pool': 1,
  });
  try {
    return await call(client, {
      version: DEVICE_PLUGIN_API_VERSION,
      endpoint: target.endpoint,
      resourceName: target.resource,
      options: target.options,
    });
  } finally {
    client.close();
  }
}

function call(client: Client, request: RegisterRequest): Promise<string | null> {
  const { path, requestSerialize, responseDeserialize } = registrationService.register;
  return new Promise((resolve) => {
    const deadline = Date.now() + deadlineMs;
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, { deadline }, (error) => {
      resolve(error === null ? null : error.details || error.message);
    });
  });
}
