// SPDX-License-Identifier: Apache-2.0
import { renameSync, rmSync } from 'node:fs';
import { type Server as NetServer, type Socket, createServer } from 'node:net';
import { join } from 'node:path';
import { Server, ServerCredentials, type handleUnaryCall, status } from '@grpc/grpc-js';
import { messageOf } from '#domain/problem/problem.ts';

/** Linux's limit (sockaddr_un). Node truncates a longer path silently. */
const SOCKET_PATH_BYTES = 107;

/** Returns a gRPC handler for a function. If it rejects, the status is UNKNOWN, as for an error of Go. */
export function answering<Request, Response>(
  answer: (request: Request) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return ({ request }, callback) => {
    answer(request).then(
      (response) => callback(null, response),
      (error: unknown) => callback({ code: status.UNKNOWN, details: messageOf(error) }),
    );
  };
}

/**
 * A socket of the kubelet, kubelet.sock in the directory. It is bound under another name and then renamed: Node removes
 * the path of a listener when it closes it, but a kubelet that is killed leaves its socket behind.
 */
export class ServedSocket {
  private readonly grpc = new Server();
  private readonly listener: NetServer;
  private readonly connections = new Set<Socket>();
  private injector: ReturnType<Server['createConnectionInjector']> | null = null;

  constructor(
    private readonly directory: string,
    addService: (server: Pick<Server, 'addService'>) => void,
  ) {
    addService(this.grpc);
    // Paused: Node's HTTP/2 fails on a session that its first, buffered bytes end (core.js, setupHandle).
    this.listener = createServer({ pauseOnConnect: true }, (socket) => this.accept(socket));
  }

  /**
   * Begins to accept connections, which wait for an answer until `serve`. Rejects with the operating system's error, or
   * if the path is too long for a socket.
   */
  async bind(): Promise<void> {
    const [temporary, path] = [join(this.directory, '.kubelet'), join(this.directory, 'kubelet.sock')];
    if (Buffer.byteLength(path) > SOCKET_PATH_BYTES)
      throw new Error(`${path} is longer than ${SOCKET_PATH_BYTES} bytes; choose a shorter directory`);
    rmSync(temporary, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.listener.once('error', reject).listen(temporary, resolve);
    });
    renameSync(temporary, path);
  }

  /** Answers all connections, including those that already wait. */
  serve(): void {
    this.injector = this.grpc.createConnectionInjector(ServerCredentials.createInsecure());
    for (const socket of this.connections) this.inject(socket);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.listener.close(() => resolve());
    });
    for (const socket of this.connections) socket.destroy();
    this.grpc.forceShutdown();
    await closed;
  }

  private accept(socket: Socket): void {
    this.connections.add(socket);
    socket.on('error', () => {}).once('close', () => this.connections.delete(socket));
    this.inject(socket);
  }

  private inject(socket: Socket): void {
    if (this.injector === null) return;
    this.injector.injectConnection(socket);
    // Starts reading from the kernel, for the HTTP/2 session.
    socket.read(0);
  }
}
