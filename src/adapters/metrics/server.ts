// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { ListenAddress } from './listen-address.ts';
import { PrometheusMetrics } from './prometheus.ts';
import { Readiness } from './readiness.ts';

/** A scraper sends its request and reads the response at once. A connection that takes longer is closed. */
const requestMs = 5_000;
const maxConnections = 32;

/** An HTTP server with the metrics at /metrics, and the readiness at /readyz. */
export class MetricsServer {
  readonly metrics = new PrometheusMetrics();
  readonly readiness = new Readiness((resource) => this.metrics.isRegistered(resource));
  private readonly server: Server;

  constructor() {
    this.server = createServer(
      { requestTimeout: requestMs, headersTimeout: requestMs, keepAliveTimeout: requestMs },
      (request, response) => {
        this.respond(request, response).catch(() => response.destroy());
      },
    );
    this.server.maxConnections = maxConnections;
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

  private async respond({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
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
    response.end(await this.metrics.text());
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
