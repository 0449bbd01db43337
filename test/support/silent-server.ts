// SPDX-License-Identifier: Apache-2.0
import { renameSync } from 'node:fs';
import { type Server, type Socket, createServer } from 'node:net';

/** Accepts connections on a Unix socket and answers nothing, as a frozen process does. */
export class SilentServer {
  private readonly connections = new Set<Socket>();
  private readonly server = createServer((socket) => {
    this.connections.add(socket.resume().once('close', () => this.connections.delete(socket)));
  });

  constructor(private readonly path: string) {}

  /** The number of open connections. */
  get connected(): number {
    return this.connections.size;
  }

  /** The socket replaces what is at the path, and stays after `close`, as after a process that was killed. */
  async listen(): Promise<Server> {
    // Node does not remove a renamed socket when its server closes.
    await new Promise<void>((resolve) => void this.server.listen(`${this.path}.new`, resolve));
    renameSync(`${this.path}.new`, this.path);
    return this.server;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.connections) socket.destroy();
    await closed;
  }
}
