// SPDX-License-Identifier: Apache-2.0
import { messageOf } from '#domain/problem/problem.ts';
import type { Logger } from '#ports/logger.ts';
import type { DevicePluginOptions } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { PluginConnection } from '../connection/plugin.ts';
import type { ConnectionSettings } from '../connection/socket.ts';
import type { DeviceTable } from '../device-manager/device-table.ts';
import type { Endpoint, EndpointTable } from '../device-manager/endpoint-table.ts';
import type { KubeletSwitches } from '../options.ts';

export interface RegistrarParts {
  readonly connections: ConnectionSettings;
  readonly switches: KubeletSwitches;
  readonly endpoints: EndpointTable;
  readonly devices: DeviceTable;
  readonly logger: Logger;
  /** Called after each change of the device table. */
  readonly changed: () => void;
}

/** Connects to registered plugins and follows their lists (kubelet: v1beta1 handler.go, client.go). */
export class PluginRegistrar {
  private readonly connections = new Set<PluginConnection>();
  /** The connections of each resource with a list stream, in order of registration. */
  private readonly followed = new Map<string, readonly PluginConnection[]>();
  private ended = false;

  constructor(private readonly parts: RegistrarParts) {}

  /** Resolves when Register may succeed; the list comes later. Rejects with the kubelet's error. */
  async register(resource: string, path: string): Promise<void> {
    const { connections, devices, endpoints, logger, switches } = this.parts;
    if (switches.sameSocket === 'taken-silently' && endpoints.tracks(resource, path)) return;
    const connection = new PluginConnection(path, connections);
    this.connections.add(connection);
    const options = await this.connect(connection);
    if (this.ended) throw new Error('the kubelet was stopped');
    const endpoint = { resource, connection, options };
    endpoints.add(endpoint);
    devices.pluginStarted(resource);
    logger.log('debug', 'device plugin registered', { resource, path });
    void this.follow(endpoint);
  }

  deregister(resource: string, path: string): void {
    this.parts.endpoints.deregister(resource, path);
  }

  /** Returns the connections of the resource that have a list stream, the newest last. */
  streams(resource: string): readonly PluginConnection[] {
    return this.followed.get(resource) ?? [];
  }

  close(): void {
    this.ended = true;
    for (const connection of this.connections) connection.close();
  }

  /** A connection stays open after a failed options call: the kubelet leaks it too (kubernetes PR 139765). */
  private async connect(connection: PluginConnection): Promise<DevicePluginOptions> {
    try {
      await connection.dial();
    } catch (error) {
      this.disconnect(connection);
      throw new Error(`failed to dial device plugin: ${messageOf(error)}`, { cause: error });
    }
    try {
      return await connection.options();
    } catch (error) {
      throw new Error(`failed to get device plugin options: ${messageOf(error)}`, { cause: error });
    }
  }

  private disconnect(connection: PluginConnection): void {
    connection.close();
    this.connections.delete(connection);
  }

  private async follow(endpoint: Endpoint): Promise<void> {
    const { resource, connection } = endpoint;
    const { devices, endpoints, logger, changed } = this.parts;
    this.followed.set(resource, [...this.streams(resource), connection]);
    await connection.watch((listed) => {
      if (this.ended) return;
      devices.replace(resource, listed, endpoints.primary(resource) === null);
      changed();
    });
    const others = this.streams(resource).filter((other) => other !== connection);
    this.followed.set(resource, others);
    if (this.ended) return;
    logger.log('debug', 'ListAndWatch stream ended', { resource, path: connection.path });
    endpoints.ended(endpoint);
    this.disconnect(connection);
    changed();
  }
}
