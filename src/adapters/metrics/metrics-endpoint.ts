// SPDX-License-Identifier: Apache-2.0
import { errorCode } from '#adapters/host/error-code.ts';
import { ProblemError } from '#domain/problem/problem.ts';
import type { Metrics, ScanMeasure, ServingEvent, StateInForce } from '#ports/metrics.ts';
import { type ListenAddress, addressUnusable, addressWrong, parseListenAddress } from './listen-address.ts';
import type { MetricsServer } from './metrics-server.ts';

/** Metrics that are served by HTTP from `start` on. What serves them is loaded only then, and nothing is counted before. */
export class MetricsEndpoint implements Metrics {
  private readonly address: ListenAddress;
  private server: MetricsServer | null = null;

  /** Throws a ProblemError where the text is no address. */
  constructor(private readonly text: string) {
    const address = parseListenAddress(text);
    if (address === null) throw new ProblemError([addressWrong(text)]);
    this.address = address;
  }

  /** The port that is served on. Rejects with a ProblemError where it cannot be. */
  async start(): Promise<number> {
    const { MetricsServer: Server } = await import('./metrics-server.ts');
    const server = new Server();
    try {
      const port = await server.listen(this.address);
      this.server = server;
      return port;
    } catch (error) {
      throw new ProblemError([addressUnusable(this.text, errorCode(error))]);
    }
  }

  async stop(): Promise<void> {
    await this.server?.close();
  }

  scanned(measure: ScanMeasure): void {
    this.server?.metrics.scanned(measure);
  }

  applied(state: StateInForce): void {
    this.server?.metrics.applied(state);
  }

  served(resource: string, event: ServingEvent): void {
    this.server?.metrics.served(resource, event);
  }
}
