// SPDX-License-Identifier: Apache-2.0
import { errorCode } from '#adapters/host/error-code.ts';
import { ProblemError } from '#domain/problem/problem.ts';
import type { AppliedPlan, Metrics, ScanMeasurement, ServingEvent } from '#ports/metrics.ts';
import { type ListenAddress, addressInvalid, addressUnusable, parseListenAddress } from './listen-address.ts';
import type { MetricsServer } from './server.ts';

/** Serves metrics over HTTP. `start` loads the server, which most programs do not need; nothing is counted before. */
export class MetricsEndpoint implements Metrics {
  private readonly address: ListenAddress;
  private server: MetricsServer | null = null;

  /** Throws a ProblemError if `text` is not an address. */
  constructor(private readonly text: string) {
    const address = parseListenAddress(text);
    if (address === null) throw new ProblemError([addressInvalid(text)]);
    this.address = address;
  }

  /** Resolves to the port that metrics are served on. Rejects with a ProblemError if the address cannot be used. */
  async start(): Promise<number> {
    const { MetricsServer: Server } = await import('./server.ts');
    const server = new Server();
    try {
      const port = await server.listen(this.address);
      this.server = server;
      return port;
    } catch (error) {
      throw new ProblemError([addressUnusable(this.text, errorCode(error))], { cause: error });
    }
  }

  async stop(): Promise<void> {
    await this.server?.close();
  }

  scanFinished(scan: ScanMeasurement): void {
    this.server?.metrics.scanFinished(scan);
  }

  planApplied(plan: AppliedPlan): void {
    this.server?.metrics.planApplied(plan);
    this.server?.readiness.planApplied(plan);
  }

  resourceEvent(resource: string, event: ServingEvent): void {
    this.server?.metrics.resourceEvent(resource, event);
  }
}
