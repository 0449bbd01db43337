// SPDX-License-Identifier: Apache-2.0
import type { PluginInfo } from '#adapters/kubelet-api/generated/pluginregistration/v1/api.ts';
import { watcherRegistrationService } from '#adapters/kubelet-api/services.ts';
import type { FakeKubeletSettings } from '../options.ts';
import { SocketConnection } from './socket.ts';

/** kubelet: operation_generator.go. */
const INFO_LIMIT_MS = 1000;
const NOTIFY_LIMIT_MS = 5000;

/** The plugin watcher's connection to one socket in the registry directory, for one attempt to register its plugin. */
export class RegistryConnection extends SocketConnection {
  constructor(path: string, settings: FakeKubeletSettings) {
    super(path, encodeURIComponent(path), settings);
  }

  info(): Promise<PluginInfo> {
    return this.within(INFO_LIMIT_MS, this.call('getInfo', watcherRegistrationService.getInfo, {}));
  }

  async notify(pluginRegistered: boolean, error: string): Promise<void> {
    const method = watcherRegistrationService.notifyRegistrationStatus;
    const call = this.call('notifyRegistrationStatus', method, { pluginRegistered, error });
    await this.within(NOTIFY_LIMIT_MS, call);
  }
}
