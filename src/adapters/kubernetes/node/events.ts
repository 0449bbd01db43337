// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { Cancel } from '#ports/clock.ts';
import { type Logger, logProblem } from '#ports/logger.ts';
import type { NodeEvent, NodeEvents } from '#ports/node-events.ts';
import { BackOff } from '#timing/back-off.ts';
import { ApiClient } from '../api/client.ts';
import type { ClusterParts } from '../api/cluster-access.ts';
import { isUnreachable } from '../api/failure.ts';
import { EventPoster } from './event-poster.ts';
import { NewestEntries } from './newest-entries.ts';
import { TokenBucket } from './token-bucket.ts';

export interface NodeEventsOptions extends ClusterParts {
  /** The name of the Node. */
  readonly node: string;
  /** Returns milliseconds since 1970. */
  readonly wallClock: () => number;
  readonly logger: Logger;
}

/** All nodes of a cluster may post at the same moment. Spread over this time, 10,000 nodes post 333 Events a second. */
const spreadMs = 30_000;
/** The limit of client-go for one source and one object (tools/record, defaultSpamBurst and defaultSpamQPS). */
const rate = { burst: 25, refillMs: 300_000 };
/** Missing permissions may be granted at any time, and nothing waits for an Event. */
const backOff = { firstMs: 5_000, longestMs: 600_000, jitter: 0.5 };
/** More than there are resources on a node. */
const maxQueued = 256;

/**
 * Posts Events of the Node. The queue has only the newest Event about each subject. So an unreachable server, missing
 * permissions and the rate limit delay Events, but the last one about each subject is posted in the end.
 */
export class KubernetesNodeEvents implements NodeEvents {
  private readonly poster: EventPoster;
  private readonly rateLimit: TokenBucket;
  private readonly backOff: BackOff;
  private readonly queue = new NewestEntries<NodeEvent>(maxQueued);
  private readonly stopping = new AbortController();
  private readonly loggedCodes = new Set<string>();
  private cancelTimer: Cancel = () => {};
  /** Whether the queue is being posted, or a timer will post it. */
  private isScheduled = false;

  constructor(private readonly options: NodeEventsOptions) {
    const { access, node, clock, wallClock, random } = options;
    this.poster = new EventPoster(new ApiClient(access, clock, this.stopping.signal), node, wallClock);
    this.rateLimit = new TokenBucket(clock, rate.burst, rate.refillMs);
    this.backOff = new BackOff(backOff, random);
  }

  post(event: NodeEvent): void {
    if (this.isStopped) return;
    this.queue.set(event.about, event);
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.postAfter(spreadMs * this.options.random());
  }

  stop(): void {
    this.stopping.abort();
    this.cancelTimer();
  }

  private get isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private postAfter(ms: number): void {
    this.cancelTimer = this.options.clock.after(ms, () => void this.postQueue());
  }

  private async postQueue(): Promise<void> {
    const pauseMs = await this.postUntilPause();
    if (pauseMs !== null && !this.isStopped) this.postAfter(pauseMs);
  }

  /** Posts what is in the queue. Returns the milliseconds until it may continue; null if the queue is empty. */
  private async postUntilPause(): Promise<number | null> {
    for (let [event] = this.queue.values(); event !== undefined; [event] = this.queue.values()) {
      const waitMs = this.rateLimit.waitMs();
      if (waitMs > 0) return waitMs;
      const failure = await this.poster.post(event);
      if (this.isStopped) return null;
      if (failure === null) this.rateLimit.take();
      else this.logOnce(failure.problem);
      if (failure?.retryable === true) return this.backOff.next();
      this.backOff.reset();
      if (this.queue.get(event.about) === event) this.queue.delete(event.about);
    }
    this.isScheduled = false;
    return null;
  }

  /**
   * Logs each kind of failure once per process: nothing depends on Events, and the log has what they say. The source of
   * the settings reports an API server that is unreachable.
   */
  private logOnce(problem: Problem): void {
    if (isUnreachable(problem) || this.loggedCodes.has(problem.code)) return;
    this.loggedCodes.add(problem.code);
    logProblem(this.options.logger, 'warning', problem);
  }
}
