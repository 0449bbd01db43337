// SPDX-License-Identifier: Apache-2.0
import type { RegisterRequest } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { registrationService } from '#adapters/kubelet-api/services.ts';
import { ServedSocket, answering } from '../connection/served-socket.ts';

/** Creates the socket on which plugins register themselves. */
export function createRegistrationSocket(
  directory: string,
  register: (request: RegisterRequest) => Promise<void>,
): ServedSocket {
  return new ServedSocket(directory, (server) => {
    server.addService(registrationService, {
      register: answering(async (request: RegisterRequest) => {
        await register(request);
        return {};
      }),
    });
  });
}
