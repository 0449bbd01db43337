// SPDX-License-Identifier: Apache-2.0
import { Agent, request } from 'node:https';

export interface ApiUserResponse {
  readonly status: number;
  readonly body: unknown;
}

/** A user of the API server, with a bearer token. */
export class ApiUser {
  private readonly agent = new Agent({ keepAlive: true });

  /** `ca` is PEM. */
  constructor(
    private readonly server: URL,
    private readonly ca: string,
    private readonly token: string,
  ) {}

  /** Makes one call. Resolves to the response, whatever its status; rejects if the server does not respond. */
  async call(method: string, path: string, object: object | null = null): Promise<ApiUserResponse> {
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
            .once('end', () => resolve({ status: response.statusCode ?? 0, body: parsedBody(body) }));
        },
      );
      call.once('error', reject).end(text ?? undefined);
    });
  }

  /** Makes one call that must succeed. Resolves to the object of the response. */
  async must(method: string, path: string, object: object | null = null): Promise<unknown> {
    const { status, body } = await this.call(method, path, object);
    if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  close(): void {
    this.agent.destroy();
  }
}

/** The health endpoints respond with plain text. */
function parsedBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
