// SPDX-License-Identifier: Apache-2.0
import { hasCode } from '#domain/problem/problem.ts';
import type { NodeStatus, ReadStatus } from '#domain/status/node-status.ts';
import { freshValue } from './fresh.ts';
import { PrometheusMetrics } from './metrics/prometheus.ts';
import { statusPage } from './page/page.ts';
import { type Answer, HttpServer, type Route, textAnswer } from './server.ts';
import { StatusSocket } from './status-socket.ts';

/** A status or metrics of this age are still shown: to make them takes some milliseconds. */
const freshMs = 1_000;
/** The page shows who holds shares, which the kubelet has to be asked for. */
const freshHoldersMs = 5_000;

type Build = ConstructorParameters<typeof PrometheusMetrics>[1];

/** What the program shows over HTTP. This module is loaded only if it shows anything. */
export class Faces {
  readonly metrics: PrometheusMetrics;
  private readonly status: () => Promise<NodeStatus>;
  private readonly statusWithHolders: () => Promise<NodeStatus>;

  /** `wallClock` returns milliseconds since 1970. */
  constructor(readStatus: ReadStatus, wallClock: () => number, build: Build) {
    this.metrics = new PrometheusMetrics(wallClock, build);
    this.status = freshValue(() => readStatus({ holders: false }), 0);
    this.statusWithHolders = freshValue(() => readStatus({ holders: true }), freshHoldersMs);
  }

  /** For monitoring and people: shows names of HCAs, resources and pods. */
  public(): HttpServer {
    const metrics = freshValue(() => this.metrics.text(), freshMs);
    return new HttpServer(
      new Map<string, Route>([
        ['/livez', () => textAnswer(200, 'ok')],
        ['/readyz', async () => readinessOf(await this.status())],
        ['/metrics', async () => ({ status: 200, type: this.metrics.contentType, body: await metrics() })],
        ['/', async () => pageOf(await this.statusWithHolders())],
      ]),
    );
  }

  /** For the command `status`. `path` is that of the socket. */
  private(path: string): StatusSocket {
    const read = async (holders: boolean): Promise<Answer> => {
      const status = await (holders ? this.statusWithHolders() : this.status());
      return { status: 200, type: 'application/json', body: JSON.stringify(status) };
    };
    const route: Route = async (parameters) => await read(parameters.has('holders'));
    return new StatusSocket(path, new HttpServer(new Map([['/status', route]])));
  }
}

/** Ready or not, it names HCAs whose drivers do not answer: a rolling update must not wait for broken hardware. */
function readinessOf({ ready, missing, problems }: NodeStatus): Answer {
  const stuck = problems.filter((problem) => hasCode(problem, 'HCA_SCAN_STUCK')).map(({ message }) => message);
  return textAnswer(ready ? 200 : 503, [...(ready ? ['ok'] : missing), ...stuck].join('\n'));
}

function pageOf(status: NodeStatus): Answer {
  return { status: 200, type: 'text/html; charset=utf-8', body: statusPage(status) };
}
