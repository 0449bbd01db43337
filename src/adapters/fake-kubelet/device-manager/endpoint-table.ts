// SPDX-License-Identifier: Apache-2.0
import type { DevicePluginOptions } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import type { PluginConnection } from '../connection/plugin.ts';

/** A plugin that has registered. */
export interface Endpoint {
  readonly resource: string;
  readonly connection: PluginConnection;
  readonly options: DevicePluginOptions;
}

/** The plugins that the kubelet counts as connected. It reports when a resource loses its last one. */
export interface EndpointTable {
  /** Returns whether the resource already has a plugin on that socket. */
  tracks(resource: string, path: string): boolean;
  /** Throws the error that Register responds with. */
  add(endpoint: Endpoint): void;
  /** Handles the end of the endpoint's list stream. */
  ended(endpoint: Endpoint): void;
  /** Removes a plugin whose socket is gone from the registry directory. */
  deregister(resource: string, path: string): void;
  /** Returns the endpoint that Allocate goes to. */
  primary(resource: string): Endpoint | null;
}

/**
 * The table of kubelets up to 1.36: one plugin for each resource, the last that registered. A replaced plugin keeps its
 * stream. Whichever stream ends, the last plugin is removed (kubernetes issue 121994).
 */
export class EndpointsByResource implements EndpointTable {
  private readonly endpoints = new Map<string, Endpoint>();

  constructor(private readonly onLost: (resource: string) => void) {}

  tracks(): boolean {
    return false;
  }

  add(endpoint: Endpoint): void {
    this.endpoints.set(endpoint.resource, endpoint);
  }

  ended({ resource }: Endpoint): void {
    this.deregister(resource);
  }

  deregister(resource: string): void {
    const endpoint = this.endpoints.get(resource);
    if (endpoint === undefined) return;
    this.endpoints.delete(resource);
    endpoint.connection.close();
    this.onLost(resource);
  }

  primary(resource: string): Endpoint | null {
    return this.endpoints.get(resource) ?? null;
  }
}

/**
 * The table of kubelets from 1.37: the plugins of a resource by socket (kubernetes PR 135437). A second Register on a
 * socket in use is refused. It also ends the tracking of the first plugin: when that one ends, the kubelet does not
 * notice, and the socket stays in use.
 */
export class EndpointsBySocket implements EndpointTable {
  private readonly endpoints = new Map<string, Endpoint[]>();
  private readonly tracked = new Set<string>();

  constructor(private readonly onLost: (resource: string) => void) {}

  tracks(resource: string, path: string): boolean {
    return this.tracked.has(keyOf(resource, path));
  }

  add(endpoint: Endpoint): void {
    const { resource, connection } = endpoint;
    const others = this.endpoints.get(resource) ?? [];
    if (others.some((other) => other.connection.path === connection.path)) {
      this.tracked.delete(keyOf(resource, connection.path));
      throw new Error(`device plugin already connected: ${connection.path}`);
    }
    this.endpoints.set(resource, [...others, endpoint]);
    this.tracked.add(keyOf(resource, connection.path));
  }

  ended({ resource, connection }: Endpoint): void {
    this.deregister(resource, connection.path);
  }

  deregister(resource: string, path: string): void {
    if (!this.tracked.delete(keyOf(resource, path))) return;
    const endpoints = this.endpoints.get(resource) ?? [];
    const remaining = endpoints.filter(({ connection }) => connection.path !== path);
    this.endpoints.set(resource, remaining);
    for (const { connection } of endpoints) if (connection.path === path) connection.close();
    if (remaining.length === 0) this.onLost(resource);
  }

  primary(resource: string): Endpoint | null {
    return this.endpoints.get(resource)?.at(-1) ?? null;
  }
}

function keyOf(resource: string, path: string): string {
  return `${resource}\0${path}`;
}
