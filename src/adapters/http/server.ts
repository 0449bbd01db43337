// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { ListenOptions, Socket } from 'node:net';
import { ClientLimits } from './client-limits.ts';

/** A client sends its request and reads the response at once. A connection that takes longer is closed. */
const requestMs = 5_000;

/** What a client gets. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Answers the requests for one path. `parameters` are those after the question mark. */
export type Route = (parameters: URLSearchParams) => Answer | Promise<Answer>;

export function textAnswer(status: number, text: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n` };
}

/**
 * An HTTP server that only shows something. It runs on the thread that answers the kubelet, so every client gets little
 * of it: one request for each connection, and few connections.
 */
export class HttpServer {
  private readonly server: Server;
  private readonly limits = new ClientLimits(() => performance.now());
  private readonly answered = new WeakSet<Socket>();

  /** `routes` are by their paths. */
  constructor(private readonly routes: ReadonlyMap<string, Route>) {
    const timeouts = { requestTimeout: requestMs, headersTimeout: requestMs };
    this.server = createServer(timeouts, (request, response) => {
      // A client that sends requests without waiting for the answer sends thousands at a time.
      if (this.answered.has(request.socket)) this.reject(request.socket);
      else this.respond(request, response).catch(() => response.destroy());
      this.answered.add(request.socket);
    });
    this.server.prependListener('connection', (socket) => this.admit(socket));
    this.server.setTimeout(requestMs);
  }

  /** Resolves to the port that the server listens on; 0 for a Unix socket. Rejects with the system's error. */
  async listen(place: ListenOptions): Promise<number> {
    await once(this.server.listen(place), 'listening');
    // A connection that cannot be accepted, for lack of descriptors, must not end the program.
    this.server.on('error', () => {});
    const bound = this.server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : 0;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private admit(socket: Socket): void {
    const closed = this.limits.admit(socket.remoteAddress ?? '');
    if (closed === null) socket.destroy();
    else socket.once('close', closed);
  }

  private reject(socket: Socket): void {
    this.limits.penalize(socket.remoteAddress ?? '');
    socket.destroy();
  }

  private async respond({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('connection', 'close');
    const { status, type, body } = await this.answer(method, url ?? '/');
    if (status === 405) response.setHeader('allow', 'GET, HEAD');
    // What is shown is of this moment, and nothing of it is from elsewhere.
    response.setHeader('cache-control', 'no-store');
    response.setHeader('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
    response.setHeader('x-content-type-options', 'nosniff');
    response.writeHead(status, { 'content-type': type }).end(body);
  }

  private async answer(method: string | undefined, url: string): Promise<Answer> {
    if (method !== 'GET' && method !== 'HEAD') return textAnswer(405, 'Method not allowed: use GET.');
    const [path = '/', query = ''] = url.split('?');
    const route = this.routes.get(path);
    if (route !== undefined) return await route(new URLSearchParams(query));
    return textAnswer(404, `Not found. There is: ${[...this.routes.keys()].join(', ')}.`);
  }
}
