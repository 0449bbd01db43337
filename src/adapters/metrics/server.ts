// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { Socket } from 'node:net';
import { ClientLimits } from './client-limits.ts';
import type { ListenAddress } from './listen-address.ts';
import { PrometheusMetrics } from './prometheus.ts';
import { Readiness } from './readiness.ts';

/** A scraper sends its request and reads the response at once. A connection that takes longer is closed. */
const requestMs = 5_000;
/** Metrics this old are still served: to make them takes some milliseconds. */
const freshMs = 1_000;

/**
 * An HTTP server with the metrics at /metrics, and the readiness at /readyz. It runs on the thread that answers the
 * kubelet, so every client gets little of it: one request for each connection, and few connections.
 */
export class MetricsServer {
  readonly metrics = new PrometheusMetrics();
  readonly readiness = new Readiness((resource) => this.metrics.isRegistered(resource));
  private readonly server: Server;
  private readonly limits = new ClientLimits(() => performance.now());
  private readonly answered = new WeakSet<Socket>();
  private fresh: { readonly text: Promise<string>; readonly madeAt: number } | null = null;

  constructor() {
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

  /** Resolves to the port that the server listens on. Rejects with the operating system's error. */
  async listen(address: ListenAddress): Promise<number> {
    await once(this.server.listen(address), 'listening');
    // A connection that cannot be accepted, for lack of descriptors, must not end the program.
    this.server.on('error', () => {});
    const bound = this.server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : address.port;
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

  private text(): Promise<string> {
    if (this.fresh === null || performance.now() - this.fresh.madeAt > freshMs)
      this.fresh = { text: this.metrics.text(), madeAt: performance.now() };
    return this.fresh.text;
  }

  private async respond({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('connection', 'close');
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return respondWithText(response, 405, 'Method not allowed: use GET.');
    }
    const path = url?.split('?')[0];
    if (path === '/readyz') return this.respondWithReadiness(response);
    if (path !== '/metrics') {
      return respondWithText(response, 404, 'Not found: metrics are at /metrics, readiness is at /readyz.');
    }
    response.writeHead(200, { 'content-type': this.metrics.contentType });
    response.end(await this.text());
  }

  private respondWithReadiness(response: ServerResponse): void {
    const missing = this.readiness.missing();
    const [status, lines] = missing.length === 0 ? [200, ['ok']] : [503, missing];
    respondWithText(response, status, [...lines, ...this.readiness.notes()].join('\n'));
  }
}

function respondWithText(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${sentence}\n`);
}
