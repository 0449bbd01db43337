// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { shortHash } from '#domain/text/short-hash.ts';

/** `sun_path` has 108 bytes with its final zero. Node silently cuts a longer path and binds another name. */
export const maxSocketPathBytes = 107;

const prefix = 'rdma-shared-dp';
const socketNamePattern = /^rdma-shared-dp-([0-9a-f]{8})-([0-9a-z]{8})-[0-9a-z]{6}\.sock$/;

/**
 * Returns a socket name for one generation of one resource, of 44 bytes:
 * `rdma-shared-dp-<hash of the resource>-<instance>-<generation>.sock`. No name is used twice, because a kubelet from
 * 1.37 on may refuse a path that it has seen before.
 */
export function socketName(resource: string, instance: string, random: () => number): string {
  const generation = Math.floor(random() * 36 ** 6)
    .toString(36)
    .padStart(6, '0');
  return `${prefix}-${shortHash(resource)}-${instance}-${generation}.sock`;
}

/** A socket of this program. `instance` is the instance that created it. */
export interface PluginSocket {
  readonly path: string;
  readonly resourceHash: string;
  readonly instance: string;
}

/**
 * Lists the sockets of this program in a directory, of all instances, whether or not a process listens on them.
 * Synchronous, for the start and the end of the program; SocketListing is for the time in between.
 */
export function pluginSockets(directory: string): readonly PluginSocket[] {
  return listNames(directory)
    .map((name) => pluginSocketAt(directory, name))
    .filter((socket) => socket !== null);
}

/** Returns null for the name of another file. */
export function pluginSocketAt(directory: string, name: string): PluginSocket | null {
  const [, resourceHash, instance] = socketNamePattern.exec(name) ?? [];
  return resourceHash === undefined || instance === undefined
    ? null
    : { path: join(directory, name), resourceHash, instance };
}

export function isPluginSocketName(name: string): boolean {
  return socketNamePattern.test(name);
}

/** Returns a text in which the names of this program's sockets are replaced, with their directories. */
export function withoutSocketNames(text: string): string {
  return text.replace(/[^\s"']*rdma-shared-dp-[0-9a-f]{8}-[0-9a-z]{8}-[0-9a-z]{6}\.sock/g, 'the plugin socket');
}

/** Returns how many bytes the path of a socket in that directory has. */
export function socketPathBytes(directory: string): number {
  const name = socketName('', '00000000', () => 0);
  return Buffer.byteLength(join(directory, name));
}

function listNames(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
