// SPDX-License-Identifier: Apache-2.0
import { lstatSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { shortHash } from '#domain/text/short-hash.ts';

/** `sun_path` has 108 bytes with its final zero; Node cuts a longer path silently and binds another name. */
export const maxSocketPathBytes = 107;

const ownPrefix = 'rdma-shared-dp';
const ownForm = /^rdma-shared-dp-([0-9a-f]{8})-([0-9a-z]{8})-[0-9a-z]{6}\.sock$/;

/**
 * A name for one generation of one resource: `rdma-shared-dp-<resource tag>-<instance>-<generation>.sock`, 44 bytes. A kubelet
 * from 1.37 on may refuse a path that it has seen before for as long as it lives, hence a name that never comes back.
 */
export function socketName(resource: string, instance: string, random: () => number): string {
  const generation = Math.floor(random() * 36 ** 6)
    .toString(36)
    .padStart(6, '0');
  return `${ownPrefix}-${shortHash(resource)}-${instance}-${generation}.sock`;
}

/** What the name of a socket of ours tells: the tag of its resource and the instance of this program that made it. */
export interface OwnSocket {
  readonly name: string;
  readonly tag: string;
  readonly instance: string;
}

/** The sockets of this program in a directory, alive and dead, of whichever instance. */
export function ownSockets(directory: string): readonly OwnSocket[] {
  return listNames(directory).flatMap((name) => {
    const [, tag, instance] = ownForm.exec(name) ?? [];
    return tag === undefined || instance === undefined ? [] : [{ name, tag, instance }];
  });
}

/** How many bytes a socket path in that directory has. */
export function socketPathBytes(directory: string): number {
  return Buffer.byteLength(
    join(
      directory,
      socketName('', '00000000', () => 0),
    ),
  );
}

export function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

export function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}

/** What tells one file from another at the same path; null where there is none. Inode numbers alone come back. */
export function fileIdentity(path: string): string | null {
  try {
    const { dev, ino, birthtimeMs } = lstatSync(path);
    return `${dev}:${ino}:${birthtimeMs}`;
  } catch {
    return null;
  }
}

/** Whether somebody listens on the socket. Never rejects. */
export function acceptsConnections(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const settle = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
}

/** What becomes of a connection: `silent` is one that is taken, and on which nothing is said. */
export type Reception = 'answers' | 'refuses' | 'silent';

export interface Greeting {
  readonly reception: Promise<Reception>;
  /** Ends it; what did not answer till then is silent. */
  readonly hangUp: () => void;
}

/** What a client of HTTP/2 sends first (RFC 9113, 3.4), with no settings of its own. A server says its settings at once. */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');

/**
 * Whether a gRPC server answers on a Unix socket: one that is frozen still takes connections. Asked before a client of grpc-js is made, which never lets
 * go of a connection on which the server's settings have not come (Http2SubchannelConnector.shutdown).
 */
export function greet(path: string): Greeting {
  const socket = connect({ path });
  const reception = new Promise<Reception>((resolve) => {
    socket
      .once('connect', () => socket.write(preface))
      .once('data', () => resolve('answers'))
      .once('error', () => resolve('refuses'))
      .once('close', () => resolve('silent'));
  });
  void reception.then(() => socket.destroy());
  return { reception, hangUp: () => void socket.destroy() };
}

/**
 * Removes sockets that an earlier process of ours left in the directory and on which nobody listens any more: in
 * plugins_registry the kubelet would go on dialling them with growing delays. Returns their names.
 */
export async function removeDeadSockets(directory: string): Promise<readonly string[]> {
  const own = ownSockets(directory).map(({ name }) => name);
  const alive = await Promise.all(own.map((name) => acceptsConnections(join(directory, name))));
  return own.filter((name, i) => alive[i] !== true && removeFile(join(directory, name)));
}

function listNames(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Whether it was there and is no longer. */
export function removeFile(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}
