// SPDX-License-Identifier: Apache-2.0
import type { PluginInfo } from '#adapters/kubelet-api/generated/pluginregistration/v1/api.ts';
import { watcherRegistrationService } from '#adapters/kubelet-api/services.ts';
import { type ConnectionSettings, SocketConnection } from './socket.ts';

/** kubelet: operation_generator.go. */
const INFO_LIMIT_MS = 1000;
const NOTIFY_LIMIT_MS = 5000;

/** The plugin watcher's connection to one socket in the registry directory, for one attempt to register its plugin. */
export class RegistryConnection {
  private readonly socket: SocketConnection;

  constructor(path: string, settings: ConnectionSettings) {
    this.socket = new SocketConnection(path, encodeURIComponent(path), settings);
  }

  dial(): Promise<void> {
    return this.socket.dial();
  }

  info(): Promise<PluginInfo> {
    return this.socket.callWithin(INFO_LIMIT_MS, 'getInfo', watcherRegistrationService.getInfo, {});
  }

  async notify(pluginRegistered: boolean, error: string): Promise<void> {
    const method = watcherRegistrationService.notifyRegistrationStatus;
    const request = { pluginRegistered, error };
    await this.socket.callWithin(NOTIFY_LIMIT_MS, 'notifyRegistrationStatus', method, request);
  }

  close(): void {
    this.socket.close();
  }
}
