// SPDX-License-Identifier: Apache-2.0
import { messageOf } from '#domain/problem/problem.ts';
import type { Logger } from '#ports/logger.ts';
import type { DeviceTable } from '../device-manager/device-table.ts';
import type { Endpoint, EndpointTable } from '../device-manager/endpoint-table.ts';
import type { KubeletSwitches } from '../kubelet-generation.ts';
import { PluginConnection, type PluginOptions } from '../connection/plugin-connection.ts';
import type { ConnectionSettings } from '../connection/socket-connection.ts';

export interface RegistrarParts {
  readonly settings: ConnectionSettings;
  readonly switches: KubeletSwitches;
  readonly endpoints: EndpointTable;
  readonly devices: DeviceTable;
  readonly logger: Logger;
  /** The device table has changed. */
  readonly changed: () => void;
}

/** Connects plugins, whichever way they registered, and follows their lists (kubelet: v1beta1 handler.go, client.go). */
export class PluginRegistrar {
  private readonly connections = new Set<Endpoint['connection']>();
  private readonly open = new Map<string, Endpoint[]>();
  private ended = false;

  constructor(private readonly parts: RegistrarParts) {}

  /** Resolves when Register may answer well; the list comes later. Rejects with the kubelet's words. */
  async register(resource: string, path: string): Promise<void> {
    const { endpoints, switches, settings } = this.parts;
    if (switches.sameSocket === 'taken-silently' && endpoints.tracks(resource, path)) return;
    const connection = new PluginConnection(path, settings);
    this.connections.add(connection);
    const options = await this.connect(connection);
    if (this.ended) throw new Error('the kubelet was stopped');
    const endpoint = { resource, connection, options };
    endpoints.add(endpoint);
    this.parts.devices.pluginCame(resource);
    this.parts.logger.log('debug', 'registered a device plugin', { resource, path });
    void this.follow(endpoint);
  }

  deregister(resource: string, path: string): void {
    this.parts.endpoints.deregister(resource, path);
  }

  /** The connections of a resource that have a list stream now, the newest last. */
  streams(resource: string): readonly PluginConnection[] {
    return (this.open.get(resource) ?? []).map(({ connection }) => connection);
  }

  close(): void {
    this.ended = true;
    for (const connection of this.connections) connection.close();
  }

  /** A connection whose options call failed stays open, as the kubelet leaks it (kubernetes PR 139765). */
  private async connect(connection: PluginConnection): Promise<PluginOptions> {
    try {
      await connection.dial();
    } catch (error) {
      connection.close();
      this.connections.delete(connection);
      throw new Error(`failed to dial device plugin: ${textOf(error)}`, { cause: error });
    }
    try {
      return await connection.options();
    } catch (error) {
      throw new Error(`failed to get device plugin options: ${textOf(error)}`, { cause: error });
    }
  }

  private async follow(endpoint: Endpoint): Promise<void> {
    const { resource, connection } = endpoint;
    const { devices, endpoints, logger, changed } = this.parts;
    this.open.set(resource, [...(this.open.get(resource) ?? []), endpoint]);
    await connection.watch((listed) => {
      if (this.ended) return;
      devices.replace(resource, listed, endpoints.primary(resource) === null);
      changed();
    });
    this.open.set(
      resource,
      (this.open.get(resource) ?? []).filter((other) => other !== endpoint),
    );
    if (this.ended) return;
    logger.log('debug', 'a device plugin has ended its list', { resource, path: connection.path });
    endpoints.ended(endpoint);
    connection.close();
    this.connections.delete(connection);
    changed();
  }
}

export function textOf(error: unknown): string {
  return messageOf(error);
}
