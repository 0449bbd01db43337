// SPDX-License-Identifier: Apache-2.0
import type { DevicePluginOptions } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import type { PluginConnection } from '../connection/plugin.ts';
import type { KubeletSwitches } from '../options.ts';

/** A plugin that has registered. */
export interface Endpoint {
  readonly resource: string;
  readonly connection: PluginConnection;
  readonly options: DevicePluginOptions;
}

/**
 * The plugins that the kubelet counts as connected.
 *
 * Kubelets up to 1.36 keep one plugin for each resource, the last that registered. A replaced plugin keeps its stream.
 * Whichever stream ends, the last plugin is removed (kubernetes issue 121994).
 *
 * Kubelets from 1.37 keep the plugins of a resource by socket (kubernetes PR 135437). A second Register on a socket in
 * use is refused. It also ends the tracking of the first plugin: when that one ends, the kubelet does not notice, and
 * the socket stays in use.
 */
export class EndpointTable {
  private endpoints: readonly Endpoint[] = [];
  private readonly untracked = new Set<Endpoint>();

  /** `onLost` is called when a resource loses its last plugin. */
  constructor(
    private readonly clientTable: KubeletSwitches['clientTable'],
    private readonly onLost: (resource: string) => void,
  ) {}

  /** Returns whether a table by socket has a plugin of the resource on that socket, and follows it. */
  tracks(resource: string, path: string): boolean {
    const endpoint = this.onSocket(resource, path);
    return endpoint !== null && !this.untracked.has(endpoint);
  }

  /** Throws the error that Register responds with. */
  add(endpoint: Endpoint): void {
    const { resource, connection } = endpoint;
    const first = this.onSocket(resource, connection.path);
    if (first !== null) {
      this.untracked.add(first);
      throw new Error(`device plugin already connected: ${connection.path}`);
    }
    const replaced = this.clientTable === 'by-resource' ? this.primary(resource) : null;
    this.endpoints = [...this.endpoints.filter((other) => other !== replaced), endpoint];
  }

  /** Removes the plugin after its list stream has ended, or its socket was removed from the registry directory. */
  remove(resource: string, path: string): void {
    const removed = this.clientTable === 'by-resource' ? this.primary(resource) : this.onSocket(resource, path);
    if (removed === null || this.untracked.has(removed)) return;
    this.endpoints = this.endpoints.filter((endpoint) => endpoint !== removed);
    removed.connection.close();
    if (this.primary(resource) === null) this.onLost(resource);
  }

  /** Returns the endpoint that Allocate goes to. */
  primary(resource: string): Endpoint | null {
    return this.endpoints.findLast((endpoint) => endpoint.resource === resource) ?? null;
  }

  /** Returns null in a table by resource, which does not know sockets. */
  private onSocket(resource: string, path: string): Endpoint | null {
    if (this.clientTable === 'by-resource') return null;
    return (
      this.endpoints.find((endpoint) => endpoint.resource === resource && endpoint.connection.path === path) ?? null
    );
  }
}
