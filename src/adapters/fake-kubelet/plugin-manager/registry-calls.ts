// SPDX-License-Identifier: Apache-2.0
import { textField, textsField } from '../connection/message-fields.ts';
import type { WireMessage } from '../connection/reference-codec.ts';
import { type ConnectionSettings, SocketConnection } from '../connection/socket-connection.ts';
import { within } from '../time/within.ts';

export interface RegistryInfo {
  readonly type: string;
  readonly name: string;
  readonly endpoint: string;
  readonly versions: readonly string[];
}

const SERVICE = 'pluginregistration.Registration';
/** kubelet: operation_generator.go. */
const INFO_LIMIT_MS = 1000;
const NOTIFY_LIMIT_MS = 5000;

/** The calls to one socket in the registry directory; one object for each attempt. */
export class RegistryCalls {
  private readonly socket: SocketConnection;

  constructor(
    path: string,
    private readonly settings: ConnectionSettings,
  ) {
    this.socket = new SocketConnection(path, encodeURIComponent(path), settings);
  }

  dial(): Promise<void> {
    return this.socket.dial();
  }

  async info(): Promise<RegistryInfo> {
    const { clock, faults } = this.settings;
    const work = faults.apply<WireMessage>('getInfo', clock, {}, () => this.socket.call(SERVICE, 'GetInfo', {}));
    const info = await within(clock, INFO_LIMIT_MS, work, () => {});
    return {
      type: textField(info, 'type'),
      name: textField(info, 'name'),
      endpoint: textField(info, 'endpoint'),
      versions: textsField(info, 'supportedVersions'),
    };
  }

  async notify(pluginRegistered: boolean, error: string): Promise<void> {
    const { clock, faults } = this.settings;
    const work = faults.apply<WireMessage>('notifyRegistrationStatus', clock, {}, () =>
      this.socket.call(SERVICE, 'NotifyRegistrationStatus', { pluginRegistered, error }),
    );
    await within(clock, NOTIFY_LIMIT_MS, work, () => {});
  }

  close(): void {
    this.socket.close();
  }
}
