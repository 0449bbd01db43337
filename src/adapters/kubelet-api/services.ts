// SPDX-License-Identifier: Apache-2.0
import type { Codec } from './generated/codec.ts';
import * as plugin from './generated/deviceplugin.ts';
import * as watcher from './generated/pluginregistration.ts';

/** One RPC, in the form that grpc-js servers and clients take. `Prepared` is what the server may send instead of a message. */
export interface Method<Request, Response, Prepared = never> {
  readonly path: string;
  readonly requestStream: false;
  readonly responseStream: boolean;
  readonly requestSerialize: (message: Request) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => Request;
  readonly responseSerialize: (message: Response | Prepared) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

function method<Request, Response>(
  path: string,
  request: Codec<Request>,
  response: Codec<Response>,
  responseStream = false,
): Method<Request, Response> {
  return {
    path,
    requestStream: false,
    responseStream,
    requestSerialize: (message) => bufferOf(request.encode(message)),
    requestDeserialize: (bytes) => request.decode(bytes),
    responseSerialize: (message) => bufferOf(response.encode(message)),
    responseDeserialize: (bytes) => response.decode(bytes),
  };
}

/** As `method`, for answers that the server may have encoded beforehand. */
function preparedMethod<Request, Response>(
  path: string,
  request: Codec<Request>,
  response: Codec<Response>,
  responseStream = false,
): Method<Request, Response, Uint8Array> {
  const responseSerialize = (message: Response | Uint8Array): Buffer =>
    bufferOf(message instanceof Uint8Array ? message : response.encode(message));
  return { ...method(path, request, response, responseStream), responseSerialize };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The service that a device plugin serves on its own socket. */
export const devicePluginService = {
  getDevicePluginOptions: method(
    '/v1beta1.DevicePlugin/GetDevicePluginOptions',
    plugin.Empty,
    plugin.DevicePluginOptions,
  ),
  listAndWatch: preparedMethod('/v1beta1.DevicePlugin/ListAndWatch', plugin.Empty, plugin.ListAndWatchResponse, true),
  getPreferredAllocation: method(
    '/v1beta1.DevicePlugin/GetPreferredAllocation',
    plugin.PreferredAllocationRequest,
    plugin.PreferredAllocationResponse,
  ),
  allocate: preparedMethod('/v1beta1.DevicePlugin/Allocate', plugin.AllocateRequest, plugin.AllocateResponse),
  preStartContainer: method(
    '/v1beta1.DevicePlugin/PreStartContainer',
    plugin.PreStartContainerRequest,
    plugin.PreStartContainerResponse,
  ),
} as const;

/** The service that the kubelet serves on kubelet.sock. */
export const registrationService = {
  register: method('/v1beta1.Registration/Register', plugin.RegisterRequest, plugin.Empty),
} as const;

/** The service that a plugin serves on a socket in the kubelet's plugins_registry directory. */
export const watcherRegistrationService = {
  getInfo: method('/pluginregistration.Registration/GetInfo', watcher.InfoRequest, watcher.PluginInfo),
  notifyRegistrationStatus: method(
    '/pluginregistration.Registration/NotifyRegistrationStatus',
    watcher.RegistrationStatus,
    watcher.RegistrationStatusResponse,
  ),
} as const;

/** The only version of the device plugin API that a kubelet takes. */
export const DEVICE_PLUGIN_API_VERSION = 'v1beta1';
/** The only word that a kubelet counts as healthy (kubelet manager.go, genericDeviceUpdateCallback). */
export const HEALTHY = 'Healthy';
export const UNHEALTHY = 'Unhealthy';
/** `PluginInfo.type` of a device plugin (pluginregistration v1 constants.go). */
export const DEVICE_PLUGIN_TYPE = 'DevicePlugin';
