// SPDX-License-Identifier: Apache-2.0
import { errorCode } from '#adapters/host/error-code.ts';
import { type Problem, ProblemError } from '#domain/problem/problem.ts';
import type { ActiveSettings } from '#domain/settings/active-settings.ts';
import type { ReadStatus } from '#domain/status/node-status.ts';
import type { AllocationMeasurement, AppliedPlan, Observer, ScanMeasurement, ServingEvent } from '#ports/observer.ts';
import type { Faces } from './faces.ts';
import { type ListenAddress, addressInvalid, addressUnusable, parseListenAddress } from './listen-address.ts';
import type { HttpServer } from './server.ts';
import type { StatusSocket } from './status-socket.ts';

interface HttpParts {
  /** `[host]:port`; null if nothing is served over TCP. */
  readonly address: string | null;
  /** The path of the Unix socket for the command `status`; null if there is none. */
  readonly statusSocket: string | null;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  readonly build: { readonly version: string; readonly commit: string };
}

/** What is served now: the port of the address, and what prevents the socket; null for what was not asked for. */
export interface Serving {
  readonly port: number | null;
  readonly socketProblem: Problem | null;
}

/** Serves the status of the daemon over HTTP. `start` loads what that needs; nothing is counted before. */
export class HttpEndpoint implements Observer {
  private readonly address: ListenAddress | null;
  private metrics: Observer | null = null;
  private server: HttpServer | null = null;
  private socket: StatusSocket | null = null;

  /** Throws a ProblemError if the address is invalid. */
  constructor(private readonly parts: HttpParts) {
    const { address } = parts;
    this.address = address === null ? null : parseListenAddress(address);
    if (address !== null && this.address === null) throw new ProblemError([addressInvalid(address)]);
  }

  /** Rejects with a ProblemError if the address cannot be used. */
  async start(readStatus: ReadStatus): Promise<Serving> {
    const { Faces: LoadedFaces } = await import('./faces.ts');
    const { wallClock, build } = this.parts;
    const faces = new LoadedFaces(readStatus, wallClock, build);
    this.metrics = faces.metrics;
    return { port: await this.listen(faces), socketProblem: await this.openSocket(faces) };
  }

  async stop(): Promise<void> {
    await Promise.all([this.server?.close(), this.socket?.close()]);
  }

  scanFinished(scan: ScanMeasurement): void {
    this.metrics?.scanFinished(scan);
  }

  settingsApplied(active: ActiveSettings): void {
    this.metrics?.settingsApplied(active);
  }

  settingsRejected(problems: readonly Problem[]): void {
    this.metrics?.settingsRejected(problems);
  }

  planApplied(plan: AppliedPlan): void {
    this.metrics?.planApplied(plan);
  }

  resourceEvent(resource: string, event: ServingEvent): void {
    this.metrics?.resourceEvent(resource, event);
  }

  allocationAnswered(resource: string, allocation: AllocationMeasurement): void {
    this.metrics?.allocationAnswered(resource, allocation);
  }

  private async listen(faces: Faces): Promise<number | null> {
    if (this.address === null) return null;
    const server = faces.public();
    try {
      const port = await server.listen(this.address);
      this.server = server;
      return port;
    } catch (error) {
      throw new ProblemError([addressUnusable(this.parts.address ?? '', errorCode(error))], { cause: error });
    }
  }

  /** The daemon works without the socket, so a socket that cannot be used only is a problem to report. */
  private async openSocket(faces: Faces): Promise<Problem | null> {
    if (this.parts.statusSocket === null) return null;
    this.socket = faces.private(this.parts.statusSocket);
    return await this.socket.open();
  }
}
