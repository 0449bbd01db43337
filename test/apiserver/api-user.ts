// SPDX-License-Identifier: Apache-2.0
import { Agent, request } from 'node:https';

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Whom the API server is asked as: a user, by a bearer token. */
export class ApiUser {
  private readonly agent = new Agent({ keepAlive: true });

  /** `ca` is PEM. */
  constructor(
    private readonly server: URL,
    private readonly ca: string,
    private readonly token: string,
  ) {}

  /** One call; every status is an answer. Rejects where nobody answers. */
  async call(method: string, path: string, object: object | null = null): Promise<ApiAnswer> {
    const text = object === null ? null : JSON.stringify(object);
    const headers = {
      authorization: `Bearer ${this.token}`,
      'user-agent': 'tests',
      ...(text === null ? {} : { 'content-type': 'application/json' }),
    };
    return await new Promise((resolve, reject) => {
      const call = request(
        new URL(path, this.server),
        { method, headers, ca: this.ca, agent: this.agent },
        (response) => {
          let body = '';
          response.setEncoding('utf8');
          response.on('data', (part: string) => (body += part));
          response
            .once('error', reject)
            .once('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(body) }));
        },
      );
      call.once('error', reject).end(text ?? undefined);
    });
  }

  /** One call that has to be granted; its answer's object. */
  async must(method: string, path: string, object: object | null = null): Promise<unknown> {
    const { status, body } = await this.call(method, path, object);
    if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  close(): void {
    this.agent.destroy();
  }
}

/** Health is plain text. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
