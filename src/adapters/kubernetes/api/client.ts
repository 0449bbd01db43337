// SPDX-License-Identifier: Apache-2.0
import { errorCode } from '#adapters/host/error-code.ts';
import { ProblemError, messageOf } from '#domain/problem/problem.ts';
import type { IncomingMessage } from 'node:http';
import type { Cancel, Clock } from '#ports/clock.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { certificateRefused, strangeAnswer, unreachable } from './problems.ts';

/** A ConfigMap has at most 1 MiB; JSON may write a character as six, and there is more in the object. */
const largestAnswer = 8 << 20;
/** For the head of an answer, and for the whole of a short one. */
const answerMs = 10_000;

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** How long the server asks to be left alone; 0 where it does not. */
  readonly retryAfterMs: number;
}

/** Whether a status says that the server cannot work now, rather than that it will not do what it was asked. */
export function isAway(status: number): boolean {
  return status === 429 || status >= 500;
}

/** What goes with a request. */
interface Sent {
  readonly kind: string;
  readonly text: string;
  readonly signal: AbortSignal | undefined;
}

/** A watch that is open. `ended` resolves when it has ended, well or not. */
export interface OpenWatch {
  readonly ended: Promise<void>;
  stop(): void;
}

/**
 * The few calls to the Kubernetes API that are needed, over the runtime's own HTTPS: see docs/adr/0009. Connections are not
 * kept between calls, so that each is made with the credentials of the day.
 */
export class ApiClient {
  constructor(
    private readonly access: ClusterAccess,
    private readonly clock: Clock,
  ) {}

  get server(): URL {
    return this.access.server;
  }

  /** One GET. Rejects with a ProblemError where no API server answers; each status of one that does is an answer. */
  async get(path: string, accept = 'application/json'): Promise<Answer> {
    return await this.call('GET', path, null, accept);
  }

  /** One POST of an object. `signal` ends it early, as if nobody had answered. */
  async post(path: string, object: object, signal?: AbortSignal): Promise<Answer> {
    return await this.call('POST', path, { kind: 'application/json', text: JSON.stringify(object), signal });
  }

  /** One PATCH, of the members that are given (RFC 7386). */
  async patch(path: string, change: object, signal?: AbortSignal): Promise<Answer> {
    return await this.call('PATCH', path, {
      kind: 'application/merge-patch+json',
      text: JSON.stringify(change),
      signal,
    });
  }

  private async call(method: string, path: string, sent: Sent | null, accept?: string): Promise<Answer> {
    return await this.whole(await this.open(method, path, sent, accept));
  }

  private async whole(response: IncomingMessage): Promise<Answer> {
    const timer = this.clock.after(answerMs, () => response.destroy(new Error('the answer does not end')));
    try {
      return {
        status: response.statusCode ?? 0,
        body: this.parsed(await textOf(response), response),
        retryAfterMs: retryAfterOf(response),
      };
    } catch (error) {
      throw this.explained(error);
    } finally {
      timer();
    }
  }

  /**
   * Opens a watch and calls `onEvent` for each of its lines, parsed. Rejects as `get` does. An answer that is not a stream of events is returned
   * instead. A stream that is silent for `idleMs` is ended.
   */
  async watch(path: string, idleMs: number, onEvent: (event: unknown) => void): Promise<OpenWatch | Answer> {
    const response = await this.open('GET', path, null);
    if (response.statusCode !== 200) return await this.whole(response);
    return { ended: this.follow(response, idleMs, onEvent), stop: () => response.destroy() };
  }

  private follow(response: IncomingMessage, idleMs: number, onEvent: (event: unknown) => void): Promise<void> {
    let rest = '';
    let cancel: Cancel = () => {};
    const alive = (): void => {
      cancel();
      cancel = this.clock.after(idleMs, () => response.destroy());
    };
    alive();
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      alive();
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > largestAnswer) response.destroy();
      for (const line of lines) if (!response.destroyed && line.trim() !== '') this.deliver(line, response, onEvent);
    });
    return new Promise((resolve) => {
      response
        .on('error', () => {})
        .once('close', () => {
          cancel();
          resolve();
        });
    });
  }

  private deliver(line: string, response: IncomingMessage, onEvent: (event: unknown) => void): void {
    try {
      onEvent(JSON.parse(line));
    } catch {
      response.destroy();
    }
  }

  /** A server that has too much to do, or a proxy before one that is away, answers in plain words. */
  private parsed(text: string, response: IncomingMessage): unknown {
    try {
      return JSON.parse(text);
    } catch {
      const kind = response.headers['content-type'] ?? 'no content type';
      if (isAway(response.statusCode ?? 0))
        return kind.startsWith('text/plain') ? { message: text.trim().slice(0, 300) } : {};
      throw new ProblemError([strangeAnswer(this.server, `status ${response.statusCode}, ${kind}`)]);
    }
  }

  private async open(
    method: string,
    path: string,
    sent: Sent | null,
    accept = 'application/json',
  ): Promise<IncomingMessage> {
    const { server } = this.access;
    const { ca, token, clientCertificate, clientKey, verify } = await this.access.credentials();
    const { request } = server.protocol === 'http:' ? await import('node:http') : await import('node:https');
    const headers = {
      accept,
      'user-agent': 'rdma-shared-dp',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(sent === null ? {} : { 'content-type': sent.kind, 'content-length': Buffer.byteLength(sent.text) }),
    };
    const tls = {
      ...(ca === null ? {} : { ca }),
      ...(clientCertificate === null ? {} : { cert: clientCertificate, key: clientKey ?? '' }),
      rejectUnauthorized: verify,
    };
    const base = server.pathname.replace(/\/$/, '');
    return await new Promise<IncomingMessage>((resolve, reject) => {
      // It throws at once where a certificate is no PEM, or a token no header.
      const call = request({
        protocol: server.protocol,
        hostname: server.hostname.replace(/^\[|\]$/g, ''),
        port: server.port,
        path: `${base}${path}`,
        method,
        headers,
        agent: false,
        signal: sent?.signal,
        ...tls,
      });
      const cancel = this.clock.after(answerMs, () => call.destroy(new Error(`no answer within ${answerMs / 1000} s`)));
      call.once('response', (response) => {
        cancel();
        resolve(response);
      });
      call.once('error', (error) => {
        cancel();
        reject(error);
      });
      call.end(sent?.text);
    }).catch((error: unknown) => {
      throw this.explained(error);
    });
  }

  private explained(error: unknown): unknown {
    if (error instanceof ProblemError) return error;
    const code = errorCode(error);
    const isCertificate = /CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_(VERIFY|GET_ISSUER)|ERR_OSSL|ERR_SSL/.test(code);
    return new ProblemError([
      isCertificate ? certificateRefused(this.server, code) : unreachable(this.server, messageOf(error)),
    ]);
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const part of response) {
    text += String(part);
    if (text.length > largestAnswer) throw new Error(`the answer is longer than ${largestAnswer} characters`);
  }
  return text;
}

/** An API server gives seconds (its filters for overload and shutdown); the form with a date is none of its own. */
function retryAfterOf(response: IncomingMessage): number {
  const header = response.headers['retry-after'] ?? '';
  return /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : 0;
}
