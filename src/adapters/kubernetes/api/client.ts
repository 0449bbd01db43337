// SPDX-License-Identifier: Apache-2.0
import { errorCode } from '#adapters/host/error-code.ts';
import { ProblemError, messageOf } from '#domain/problem/problem.ts';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '#ports/clock.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { EventStream, type EventStreamOptions, maxObjectLength } from './event-stream.ts';
import { certificateInvalid, unexpectedResponse, unreachable } from './problems.ts';
import { type ApiRequest, send } from './request.ts';

/** How long the body of a response may take, unless it is a stream. */
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

/**
 * The calls to the Kubernetes API that the program needs, over the runtime's own HTTPS: see docs/adr/0009. Each call
 * opens a connection of its own and reads the credentials for it. Every response with a status is a result; a call
 * rejects with a ProblemError if no API server responds.
 */
export class ApiClient {
  /** `signal` aborts calls as if no server responded. */
  constructor(
    private readonly access: ClusterAccess,
    private readonly clock: Clock,
    private readonly signal?: AbortSignal,
  ) {}

  get server(): URL {
    return this.access.server;
  }

  async get(path: string, accept?: string): Promise<ApiResponse> {
    return await this.call({ method: 'GET', path, accept });
  }

  async post(path: string, object: object): Promise<ApiResponse> {
    const content = { type: 'application/json', text: JSON.stringify(object) };
    return await this.call({ method: 'POST', path, content });
  }

  /** Patches the given members of an object (JSON merge patch, RFC 7386). */
  async patch(path: string, change: object): Promise<ApiResponse> {
    const content = { type: 'application/merge-patch+json', text: JSON.stringify(change) };
    return await this.call({ method: 'PATCH', path, content });
  }

  /** Opens a watch. Resolves to the response if its status is not 200. */
  async watch(path: string, options: EventStreamOptions): Promise<EventStream | ApiResponse> {
    const response = await this.open({ method: 'GET', path });
    return response.statusCode === 200
      ? new EventStream(response, this.clock, options)
      : await this.readWhole(response);
  }

  private async call(request: ApiRequest): Promise<ApiResponse> {
    return await this.readWhole(await this.open(request));
  }

  private async open(request: ApiRequest): Promise<IncomingMessage> {
    const { access, clock, signal } = this;
    return await send(access, clock, { ...request, signal }).catch((error: unknown) => this.fail(error));
  }

  private async readWhole(response: IncomingMessage): Promise<ApiResponse> {
    const cancel = this.clock.after(bodyMs, () =>
      response.destroy(new Error(`the response did not end within ${bodyMs / 1000} s`)),
    );
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
