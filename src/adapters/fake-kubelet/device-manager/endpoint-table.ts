// SPDX-License-Identifier: Apache-2.0
import type { PluginConnection, PluginOptions } from '../connection/plugin-connection.ts';

/** One plugin that has registered. */
export interface Endpoint {
  readonly resource: string;
  readonly connection: PluginConnection;
  readonly options: PluginOptions;
}

/** Which plugins the kubelet counts as connected. `onLost` is called when the last one of a resource goes. */
export interface EndpointTable {
  /** Whether a Register on that socket is one too many. */
  tracks(resource: string, path: string): boolean;
  /** Throws what Register then answers. */
  add(endpoint: Endpoint): void;
  /** The endpoint's list stream has ended. */
  ended(endpoint: Endpoint): void;
  /** The plugin's socket was taken out of the registry directory. */
  deregister(resource: string, path: string): void;
  /** The one that is asked to allocate. */
  primary(resource: string): Endpoint | null;
}

/**
 * Up to 1.36: the last plugin of a resource is the plugin. One that was replaced keeps its stream; whichever stream ends,
 * the last plugin is dropped (kubernetes issue 121994).
 */
export class EndpointsByResource implements EndpointTable {
  private readonly current = new Map<string, Endpoint>();

  constructor(private readonly onLost: (resource: string) => void) {}

  tracks(): boolean {
    return false;
  }

  add(endpoint: Endpoint): void {
    this.current.set(endpoint.resource, endpoint);
  }

  ended({ resource }: Endpoint): void {
    this.deregister(resource);
  }

  deregister(resource: string): void {
    const endpoint = this.current.get(resource);
    if (endpoint === undefined) return;
    this.current.delete(resource);
    endpoint.connection.close();
    this.onLost(resource);
  }

  primary(resource: string): Endpoint | null {
    return this.current.get(resource) ?? null;
  }
}

/**
 * From 1.37 on: plugins of a resource by their sockets (kubernetes PR 135437). A second one on a socket in use is refused, and
 * the first is then no longer tracked: when it ends, nobody notices, and its socket stays taken.
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
    const all = this.endpoints.get(resource) ?? [];
    const left = all.filter((endpoint) => endpoint.connection.path !== path);
    this.endpoints.set(resource, left);
    for (const endpoint of all) if (endpoint.connection.path === path) endpoint.connection.close();
    if (left.length === 0) this.onLost(resource);
  }

  primary(resource: string): Endpoint | null {
    return this.endpoints.get(resource)?.at(-1) ?? null;
  }
}

function keyOf(resource: string, path: string): string {
  return `${resource}\0${path}`;
}
