// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect } from 'node:net';
import { errorCode } from '#adapters/host/error-code.ts';

/** Resolves to whether a process listens on the Unix socket. Never rejects. */
export async function acceptsConnections(path: string): Promise<boolean> {
  return (await connectTo(path)) === null;
}

/**
 * Resolves to whether it is certain that no process listens on the Unix socket. Any error but ECONNREFUSED says nothing
 * about that: EAGAIN is a full backlog, EMFILE is this process's own limit, EACCES a missing permission. Never rejects.
 */
export async function isDead(path: string): Promise<boolean> {
  return (await connectTo(path)) === 'ECONNREFUSED';
}

/** Connects and disconnects. Resolves to the code of the error, or null. A Unix socket accepts or refuses at once. */
async function connectTo(path: string): Promise<string | null> {
  const socket = connect({ path });
  const connected = once(socket, 'connect').then(() => null, errorCode);
  return await connected.finally(() => socket.destroy());
}

/** `silent`: the connection was accepted, but no byte arrived on it. */
export type ProbeResult = 'answers' | 'refuses' | 'silent';

export interface Probe {
  /** Never rejects. */
  readonly result: Promise<ProbeResult>;
  /** Closes the connection. A probe without an answer until then is `silent`. */
  readonly abort: () => void;
}

/** What an HTTP/2 client sends first (RFC 9113, 3.4), with empty settings. A server answers with its own settings. */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');

/**
 * Finds out whether a gRPC server answers on a Unix socket: a frozen process still accepts connections. Runs before a
 * grpc-js client is created, which never releases a connection on which the server's settings have not arrived
 * (Http2SubchannelConnector.shutdown).
 */
export function probeGrpcServer(path: string): Probe {
  const socket = connect({ path });
  const result = new Promise<ProbeResult>((resolve) => {
    socket
      .once('connect', () => socket.write(preface))
      .once('data', () => resolve('answers'))
      .once('error', () => resolve('refuses'))
      .once('close', () => resolve('silent'));
  });
  void result.then(() => socket.destroy());
  return { result, abort: () => void socket.destroy() };
}
