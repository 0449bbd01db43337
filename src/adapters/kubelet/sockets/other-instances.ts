// SPDX-License-Identifier: Apache-2.0
import { shortHash } from '#domain/text/short-hash.ts';
import { pluginSockets } from './socket-name.ts';
import type { SocketListing } from './socket-listing.ts';
import { acceptsConnections } from './socket-probe.ts';

/** The last name of eight characters. */
const lastInstance = 36 ** 8 - 1;

/**
 * Names an instance of this program after its start time, in milliseconds of the wall clock: eight characters that sort
 * by time until 2059. The name sorts after those of all instances in these directories, even if the clock was set back.
 */
export function nameInstance(wallClockMs: number, directories: readonly string[]): string {
  const others = directories
    .flatMap(pluginSockets)
    .map(({ instance }) => Number.parseInt(instance, 36))
    // No name can sort after this one, and only a forged socket has it.
    .filter((instance) => instance < lastInstance);
  return Math.min(Math.max(wallClockMs, ...others.map((instance) => instance + 1)), lastInstance)
    .toString(36)
    .padStart(8, '0');
}

/**
 * Other instances of this program that serve the same resource over the same directories: during a rolling update, or
 * because of a forgotten pod. Only one may serve a resource. A kubelet up to 1.36 keeps one plugin per resource, and
 * drops the new one when the old one ends (devicemanager, plugin/v1beta1/handler.go). So the newer instance serves.
 */
export class OtherInstances {
  private readonly resourceHash: string;

  constructor(
    private readonly listing: SocketListing,
    private readonly instance: string,
    resource: string,
  ) {
    this.resourceHash = shortHash(resource);
  }

  /** Resolves to the path of a socket on which a newer instance listens, or to null. */
  async newer(): Promise<string | null> {
    return await this.firstListening((instance) => instance > this.instance);
  }

  /** Resolves to the path of a socket on which an older instance listens, or to null. */
  async older(): Promise<string | null> {
    return await this.firstListening((instance) => instance < this.instance);
  }

  private async firstListening(matches: (instance: string) => boolean): Promise<string | null> {
    const sockets = (await this.listing.list()).ofResource(this.resourceHash);
    for (const { path, instance } of sockets) if (matches(instance) && (await acceptsConnections(path))) return path;
    return null;
  }
}
