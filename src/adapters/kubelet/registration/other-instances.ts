// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { shortHash } from '#domain/text/short-hash.ts';
import { type KubeletDirectories, directoryOf, registrationMethods } from './registration-parts.ts';
import { acceptsConnections, ownSockets } from './socket-file.ts';

/**
 * Names an instance of this program by the time of its start, in milliseconds of the wall clock: eight characters that sort
 * by time until 2059. Among those that are at work here it is the last, whatever the wall clock did since they began.
 */
export function nameInstance(wallClockMs: number, directories: KubeletDirectories): string {
  const others = registrationMethods.flatMap((way) => ownSockets(directoryOf(way, directories)));
  const last = Math.max(-1, ...others.map(({ instance }) => Number.parseInt(instance, 36)));
  return Math.max(wallClockMs, last + 1)
    .toString(36)
    .padStart(8, '0');
}

/**
 * Other instances of this program over the same directories: a rolling update that starts the new pod first, or a pod that
 * somebody forgot. Both cannot serve one resource, since a kubelet up to 1.36 keeps one plugin a resource and throws
 * out the new one when the old one ends (devicemanager, plugin/v1beta1/handler.go): the newer serves, the older yields.
 */
export class OtherInstances {
  constructor(
    private readonly directories: KubeletDirectories,
    private readonly instance: string,
    private readonly resource: string,
  ) {}

  /** The socket of a newer instance that serves the resource, or null. */
  async newer(): Promise<string | null> {
    return await firstAlive(this.sockets((instance) => instance > this.instance));
  }

  /** The same of an older instance. */
  async older(): Promise<string | null> {
    return await firstAlive(this.sockets((instance) => instance < this.instance));
  }

  /** Cheap: whether it pays to ask for `newer`. */
  get mayBeNewer(): boolean {
    return this.sockets((instance) => instance > this.instance).length > 0;
  }

  /** The same for `older`. */
  get mayBeOlder(): boolean {
    return this.sockets((instance) => instance < this.instance).length > 0;
  }

  private sockets(isWanted: (instance: string) => boolean): readonly string[] {
    const tag = shortHash(this.resource);
    return registrationMethods.flatMap((way) => {
      const directory = directoryOf(way, this.directories);
      const wanted = ownSockets(directory).filter((socket) => socket.tag === tag && isWanted(socket.instance));
      return wanted.map(({ name }) => join(directory, name));
    });
  }
}

async function firstAlive(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) if (await acceptsConnections(path)) return path;
  return null;
}
