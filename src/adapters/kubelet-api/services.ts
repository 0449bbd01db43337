// SPDX-License-Identifier: Apache-2.0
import { DevicePluginService } from './generated/deviceplugin/v1beta1/api.ts';

export { RegistrationService as registrationService } from './generated/deviceplugin/v1beta1/api.ts';
export { RegistrationService as watcherRegistrationService } from './generated/pluginregistration/v1/api.ts';
export { PodResourcesListerService as podResourcesService } from './generated/podresources/v1/api.ts';

const { listAndWatch, allocate } = DevicePluginService;

/** The service of a device plugin. Its server may answer ListAndWatch and Allocate with bytes encoded beforehand. */
export const devicePluginService = {
  ...DevicePluginService,
  listAndWatch: { ...listAndWatch, responseSerialize: acceptingBytes(listAndWatch.responseSerialize) },
  allocate: { ...allocate, responseSerialize: acceptingBytes(allocate.responseSerialize) },
} as const;

/** Returns a serializer that passes encoded bytes through and leaves messages to `serialize`. */
function acceptingBytes<Message extends object>(
  serialize: (message: Message) => Buffer,
): (answer: Message | Uint8Array) => Buffer {
  return (answer) =>
    answer instanceof Uint8Array ? Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength) : serialize(answer);
}

/** The only version of the device plugin API that kubelets accept. */
export const DEVICE_PLUGIN_API_VERSION = 'v1beta1';
/** The only value that a kubelet counts as healthy (kubelet manager.go, genericDeviceUpdateCallback). */
export const HEALTHY = 'Healthy';
export const UNHEALTHY = 'Unhealthy';
/** `PluginInfo.type` of a device plugin (pluginregistration v1 constants.go). */
export const DEVICE_PLUGIN_TYPE = 'DevicePlugin';
