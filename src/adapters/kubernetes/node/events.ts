// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError } from '#domain/problem/problem.ts';
import type { Cancel, Clock } from '#ports/clock.ts';
import type { Logger } from '#ports/logger.ts';
import type { NodeEvent, NodeEvents } from '#ports/node-events.ts';
import { type Answer, ApiClient, isAway } from '../api/client.ts';
import type { ClusterAccess } from '../api/cluster-access.ts';
import { eventChange, eventName, eventObject, eventsPath } from './event-object.ts';
import { eventRefused, eventsForbidden } from './event-problems.ts';
import { tokenRefused } from '../api/problems.ts';
import { statusMessage } from '../api/status-problem.ts';
import { PostedEvents } from './posted-events.ts';
import { TokenBucket } from './token-bucket.ts';

export interface NodeEventsOptions {
  readonly access: ClusterAccess;
  /** The name of the Node. */
  readonly node: string;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

/** All nodes of a cluster have the same news at the same moment: 10,000 of them come 333 a second. */
const spreadMs = 30_000;
/** What client-go lets one source say about one object (tools/record, defaultSpamBurst and defaultSpamQPS). */
const rate = { burst: 25, refillMs: 300_000 };
/** The pause after a failure doubles, with jitter of half both ways. Missing rights may be given any time, and nobody waits for it. */
const pauseMs = { first: 5_000, longest: 600_000 };
/** Subjects whose news waits. More than there are resources on a node. */
const mostWaiting = 256;

/** What became of one try: it is in the cluster, it will never be, or it may be later. */
type Outcome = { readonly is: 'posted' } | { readonly is: 'refused' | 'delayed'; readonly problem: Problem | null };

/**
 * Posts news as Events of the Node. What waits is one piece of news for each subject, so that a server that is away, a right that is
 * missing or the limit of the rate costs nothing but time, and the last word comes in the end.
 */
export class KubernetesNodeEvents implements NodeEvents {
  private readonly client: ApiClient;
  private readonly bucket: TokenBucket;
  private readonly posted = new PostedEvents();
  private readonly waiting = new Map<string, NodeEvent>();
  private readonly ending = new AbortController();
  private readonly told = new Set<string>();
  private cancel: Cancel | null = null;
  private busy = false;
  private failures = 0;
  private sequence = 0;
  /** The name under which an Event was sent last: of one that nobody answered for, the server may have it all the same. */
  private sent: { readonly event: NodeEvent; readonly name: string } | null = null;

  constructor(private readonly options: NodeEventsOptions) {
    this.client = new ApiClient(options.access, options.clock);
    this.bucket = new TokenBucket(options.clock, rate.burst, rate.refillMs);
  }

  post(event: NodeEvent): void {
    if (this.ending.signal.aborted) return;
    this.waiting.delete(event.about);
    this.waiting.set(event.about, event);
    const [oldest] = this.waiting.keys();
    if (this.waiting.size > mostWaiting && oldest !== undefined) this.waiting.delete(oldest);
    if (!this.busy && this.cancel === null) this.later(spreadMs * this.options.random());
  }

  stop(): void {
    this.ending.abort();
    this.cancel?.();
  }

  private later(ms: number): void {
    this.cancel = this.options.clock.after(ms, () => {
      this.cancel = null;
      void this.round();
    });
  }

  private async round(): Promise<void> {
    this.busy = true;
    const pause = await this.postAll();
    this.busy = false;
    if (pause !== null && !this.ending.signal.aborted) this.later(pause);
  }

  /** Posts what waits. Returns the milliseconds after which to go on; null where nothing is left. */
  private async postAll(): Promise<number | null> {
    for (let [event] = this.waiting.values(); event !== undefined; [event] = this.waiting.values()) {
      const wait = this.bucket.waitMs();
      if (wait > 0) return wait;
      const outcome = await this.tryOne(event);
      if (this.ending.signal.aborted) return null;
      if (outcome.is !== 'posted') this.logOnce(outcome.problem);
      if (outcome.is === 'delayed') return this.backOffMs();
      this.failures = 0;
      if (outcome.is === 'posted') this.bucket.take();
      if (this.waiting.get(event.about) === event) this.waiting.delete(event.about);
    }
    return null;
  }

  private async tryOne(event: NodeEvent): Promise<Outcome> {
    try {
      return this.outcomeOf(await this.send(event));
    } catch (error) {
      // Whatever it is, it must not hurt what the program is for.
      if (!(error instanceof ProblemError))
        return { is: 'refused', problem: eventRefused(this.options.node, String(error)) };
      const [problem = null] = error.problems;
      // That the server is away is told by whoever reads the settings.
      return { is: 'delayed', problem: problem?.code === 'KUBERNETES_UNREACHABLE' ? null : problem };
    }
  }

  private async send(event: NodeEvent): Promise<Answer> {
    const { node, wallClock } = this.options;
    const { signal } = this.ending;
    const before = this.posted.get(event);
    if (before !== null) {
      const count = before.count + 1;
      const answer = await this.client.patch(`${eventsPath}/${before.name}`, eventChange(count, wallClock()), signal);
      if (answer.status === 200) this.posted.note(event, { ...before, count });
      // The server keeps an Event for an hour.
      if (answer.status !== 404) return answer;
      this.posted.forget(event);
    }
    const name = this.nameFor(event);
    const answer = await this.client.post(eventsPath, eventObject(event, node, name, wallClock()), signal);
    // A name that is taken is taken by the same Event, sent before.
    if (answer.status !== 201 && answer.status !== 409) return answer;
    this.posted.note(event, { name, count: 1 });
    this.sent = null;
    return { ...answer, status: 201 };
  }

  private nameFor(event: NodeEvent): string {
    if (this.sent?.event !== event) {
      this.sequence += 1;
      this.sent = { event, name: eventName(this.options.node, this.options.wallClock(), this.sequence) };
    }
    return this.sent.name;
  }

  private outcomeOf(answer: Answer): Outcome {
    const { node } = this.options;
    if (answer.status === 200 || answer.status === 201) return { is: 'posted' };
    if (answer.status === 401) return { is: 'delayed', problem: tokenRefused(this.client.server) };
    if (answer.status === 403) return { is: 'delayed', problem: eventsForbidden(node, statusMessage(answer)) };
    if (isAway(answer.status)) return { is: 'delayed', problem: null };
    return { is: 'refused', problem: eventRefused(node, `status ${answer.status}, ${statusMessage(answer)}`) };
  }

  private backOffMs(): number {
    const delay = Math.min(pauseMs.first * 2 ** Math.min(this.failures, 10), pauseMs.longest);
    this.failures += 1;
    return delay * (0.5 + this.options.random());
  }

  /** Each kind of failure once in the life of this program: nothing depends on Events, and the log has what they say. */
  private logOnce(problem: Problem | null): void {
    if (problem === null || this.told.has(problem.code)) return;
    this.told.add(problem.code);
    this.options.logger.log('warning', problem.message, {
      code: problem.code,
      subject: problem.subject,
      remedy: problem.remedy,
    });
  }
}
