// SPDX-License-Identifier: Apache-2.0
import { errorCode } from '#adapters/host/error-code.ts';
import { ProblemError, messageOf } from '#domain/problem/problem.ts';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '#ports/clock.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { EventStream, maxObjectLength } from './event-stream.ts';
import { certificateInvalid, unexpectedResponse, unreachable } from './problems.ts';
import { type ApiRequest, send } from './request.ts';

/** For the body of a response that is not a stream. */
const bodyMs = 10_000;

export interface ApiResponse {
  readonly status: number;
  readonly body: unknown;
  /** How long the server asks the client to wait (Retry-After); 0 if it does not. */
  readonly retryAfterMs: number;
}

/** Whether a status says that the server cannot serve any request now, rather than that it rejects this one. */
export function isUnavailable(status: number): boolean {
  return status === 429 || status >= 500;
}

/** An open watch. `ended` resolves when it has ended for any reason, and rejects only with what its handler throws. */
export interface OpenWatch {
  readonly ended: Promise<void>;
  stop(): void;
}

/**
 * The calls to the Kubernetes API that the program needs, over the runtime's own HTTPS: see docs/adr/0009. Each call
 * opens a connection of its own, with the credentials of that moment. Every response with a status is a result; a call
 * rejects with a ProblemError if no API server responds.
 */
export class ApiClient {
  constructor(
    private readonly access: ClusterAccess,
    private readonly clock: Clock,
  ) {}

  get server(): URL {
    return this.access.server;
  }

  async get(path: string, accept = 'application/json'): Promise<ApiResponse> {
    return await this.call({ method: 'GET', path, accept });
  }

  /** Posts an object. `signal` aborts the call as if no server responded. */
  async post(path: string, object: object, signal?: AbortSignal): Promise<ApiResponse> {
    const content = { type: 'application/json', text: JSON.stringify(object) };
    return await this.call({ method: 'POST', path, content, signal });
  }

  /** Patches the given members of an object (JSON merge patch, RFC 7386). */
  async patch(path: string, change: object, signal?: AbortSignal): Promise<ApiResponse> {
    const content = { type: 'application/merge-patch+json', text: JSON.stringify(change) };
    return await this.call({ method: 'PATCH', path, content, signal });
  }

  /**
   * Opens a watch and calls `onEvent` for each event. Resolves to the response instead if it is not a stream of events.
   * A watch that is silent for `idleMs` is ended.
   */
  async watch(path: string, idleMs: number, onEvent: (event: unknown) => void): Promise<OpenWatch | ApiResponse> {
    const response = await this.open({ method: 'GET', path });
    if (response.statusCode !== 200) return await this.readWhole(response);
    const { ended } = new EventStream(response, { clock: this.clock, idleMs, onEvent });
    return { ended, stop: () => response.destroy() };
  }

  private async call(request: ApiRequest): Promise<ApiResponse> {
    return await this.readWhole(await this.open(request));
  }

  private async open(request: ApiRequest): Promise<IncomingMessage> {
    return await send(this.access, this.clock, request).catch((error: unknown) => this.fail(error));
  }

  private async readWhole(response: IncomingMessage): Promise<ApiResponse> {
    const cancel = this.clock.after(bodyMs, () => response.destroy(new Error('the response does not end')));
    try {
      const body = this.parseBody(await textOf(response), response);
      return { status: response.statusCode ?? 0, body, retryAfterMs: retryAfterOf(response) };
    } catch (error) {
      return this.fail(error);
    } finally {
      cancel();
    }
  }

  /** An overloaded server, and a proxy in front of a server that is down, respond with plain text or HTML. */
  private parseBody(text: string, response: IncomingMessage): unknown {
    try {
      return JSON.parse(text);
    } catch {
      const type = response.headers['content-type'] ?? 'no content type';
      if (!isUnavailable(response.statusCode ?? 0))
        throw new ProblemError([unexpectedResponse(this.server, `status ${response.statusCode}, ${type}`)]);
      return type.startsWith('text/plain') ? { message: text.trim().slice(0, 300) } : {};
    }
  }

  private fail(error: unknown): never {
    if (error instanceof ProblemError) throw error;
    const code = errorCode(error);
    const isCertificate = /CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_(VERIFY|GET_ISSUER)|ERR_OSSL|ERR_SSL/.test(code);
    const problem = isCertificate ? certificateInvalid(this.server, code) : unreachable(this.server, messageOf(error));
    throw new ProblemError([problem], { cause: error });
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const part of response) {
    text += String(part);
    if (text.length > maxObjectLength) throw new Error(`the response is longer than ${maxObjectLength} characters`);
  }
  return text;
}

/** An API server sends seconds (its filters for overload and shutdown), never the form with a date. */
function retryAfterOf(response: IncomingMessage): number {
  const header = response.headers['retry-after'] ?? '';
  return /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : 0;
}
