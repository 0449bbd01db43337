// SPDX-License-Identifier: Apache-2.0
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { ListenAddress } from './listen-address.ts';
import { PrometheusMetrics } from './prometheus-metrics.ts';

/** A scraper asks every few seconds and reads at once; whoever does not is not waited for. */
const requestMs = 5_000;
const connectionsMax = 32;

/** Metrics that an HTTP server shows at /metrics. */
export class MetricsServer {
  readonly metrics = new PrometheusMetrics();
  private readonly server: Server;

  constructor() {
    this.server = createServer(
      { requestTimeout: requestMs, headersTimeout: requestMs, keepAliveTimeout: requestMs },
      (request, response) => {
        this.answer(request, response).catch(() => response.destroy());
      },
    );
    this.server.maxConnections = connectionsMax;
    this.server.setTimeout(requestMs);
  }

  /** The port that is listened on. Rejects with the operating system's error. */
  listen({ host, port }: ListenAddress): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ port, ...(host === null ? {} : { host }) }, () => {
        this.server.off('error', reject);
        // One connection that cannot be taken, for want of descriptors, is the scraper's loss alone.
        this.server.on('error', () => {});
        const address = this.server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async answer({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method !== 'GET' && method !== 'HEAD')
      return tell(response, 405, 'Only GET is answered here.', { allow: 'GET, HEAD' });
    if (url?.split('?')[0] !== '/metrics') return tell(response, 404, 'The metrics are at /metrics.');
    response.writeHead(200, { 'content-type': this.metrics.contentType });
    response.end(await this.metrics.text());
  }
}

function tell(
  response: ServerResponse,
  status: number,
  sentence: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(`${sentence}\n`);
}
