// SPDX-License-Identifier: Apache-2.0
import { renameSync, unlinkSync } from 'node:fs';
import { type Server as NetServer, type Socket, createServer } from 'node:net';
import { join } from 'node:path';
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import { type WireMessage, serviceNamed } from '../connection/reference-codec.ts';
import { textOf } from './plugin-registrar.ts';

/** Node cuts a longer path silently. */
const SOCKET_PATH_BYTES = 107;

/**
 * The kubelet's own socket. It is bound under another name and then renamed, because Node removes a socket's path when it
 * closes the listener, while a kubelet that is killed leaves its socket behind.
 */
export class RegistrationSocket {
  private readonly grpc = new Server();
  private readonly listener: NetServer;
  private readonly open = new Set<Socket>();
  private injector: ReturnType<Server['createConnectionInjector']> | null = null;

  constructor(
    private readonly directory: string,
    register: (request: WireMessage) => Promise<void>,
  ) {
    this.grpc.addService(serviceNamed('v1beta1.Registration'), {
      Register: (call: ServerUnaryCall<WireMessage, WireMessage>, callback: sendUnaryData<WireMessage>) => {
        register(call.request).then(
          () => callback(null, {}),
          (error: unknown) => callback({ code: status.UNKNOWN, details: textOf(error) }),
        );
      },
    });
    // Nothing is read before it is served: Node's HTTP/2 fails on a session that its first, buffered bytes end (core.js, setupHandle).
    this.listener = createServer({ pauseOnConnect: true }, (socket) => this.accept(socket));
  }

  /** From here on connections are accepted; rejects with the operating system's error, or when the path is too long for a socket. */
  async bind(): Promise<void> {
    const [path, final] = [join(this.directory, '.kubelet'), join(this.directory, 'kubelet.sock')];
    if (Buffer.byteLength(final) > SOCKET_PATH_BYTES)
      throw new Error(`${final} has over ${SOCKET_PATH_BYTES} bytes; choose a shorter directory`);
    removeFile(path);
    await new Promise<void>((resolve, reject) => {
      this.listener.once('error', reject).listen(path, resolve);
    });
    renameSync(path, final);
  }

  /** From here on they are answered. */
  serve(): void {
    this.injector = this.grpc.createConnectionInjector(ServerCredentials.createInsecure());
    for (const socket of this.open) this.inject(socket);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.listener.close(() => resolve());
    });
    for (const socket of this.open) socket.destroy();
    this.grpc.forceShutdown();
    await closed;
  }

  private accept(socket: Socket): void {
    this.open.add(socket);
    socket.on('error', () => {}).once('close', () => this.open.delete(socket));
    this.inject(socket);
  }

  private inject(socket: Socket): void {
    if (this.injector === null) return;
    this.injector.injectConnection(socket);
    // Begins to read from the kernel; what comes goes to the HTTP/2 session.
    socket.read(0);
  }
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Nothing is there, or bind says why it can't be removed.
  }
}
