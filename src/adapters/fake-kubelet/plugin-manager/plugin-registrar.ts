// SPDX-License-Identifier: Apache-2.0
import { messageOf } from '#domain/problem/problem.ts';
import type { DevicePluginOptions } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { PluginConnection } from '../connection/plugin.ts';
import type { ProcessParts } from '../process-parts.ts';

/** Connects to registered plugins and follows their lists (kubelet: v1beta1 handler.go, client.go). */
export class PluginRegistrar {
  /** The resource of each open connection. */
  private readonly connections = new Map<PluginConnection, string>();

  constructor(private readonly parts: ProcessParts) {}

  /** Resolves when Register may succeed; the list comes later. Rejects with the kubelet's error. */
  async register(resource: string, path: string): Promise<void> {
    const { clock, devices, endpoints, logger, switches } = this.parts;
    if (switches.sameSocket === 'taken-silently' && endpoints.tracks(resource, path)) return;
    const connection = new PluginConnection(path, this.parts);
    this.connections.set(connection, resource);
    const options = await this.connect(connection);
    if (clock.ended) throw new Error('the kubelet was stopped');
    endpoints.add({ resource, connection, options });
    devices.pluginStarted(resource);
    logger.log('debug', 'device plugin registered', { resource, path });
    void this.follow(resource, connection);
  }

  /** Returns the connections of the resource that have a list stream. */
  streams(resource: string): readonly PluginConnection[] {
    const connections = [...this.connections.keys()];
    return connections.filter((each) => each.streaming && this.connections.get(each) === resource);
  }

  close(): void {
    for (const connection of this.connections.keys()) connection.close();
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

  private async follow(resource: string, connection: PluginConnection): Promise<void> {
    const { changed, clock, devices, endpoints, logger } = this.parts;
    const { path } = connection;
    await connection.watch((listed) => {
      if (clock.ended) return;
      devices.replace(resource, listed, endpoints.primary(resource) === null);
      changed();
    });
    if (clock.ended) return;
    logger.log('debug', 'ListAndWatch stream ended', { resource, path });
    endpoints.remove(resource, path);
    this.disconnect(connection);
    changed();
  }
}
