// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { Cancel } from '#ports/clock.ts';
import { Pause } from '#timing/pause.ts';
import { type ApiResponse, isUnavailable } from '../api/client.ts';
import type { ClusterParts } from '../api/cluster-access.ts';
import type { EventStream } from '../api/event-stream.ts';
import { problemOfError } from '../api/failure.ts';
import { type ConfigMapClient, type Observation, withoutValue } from './client.ts';
import { ConfigMapTracker } from './tracker.ts';
import { type WatchEnding, type WatchPace, WatchPauses } from './watch-pace.ts';

/** The timeout of a watch starts a little earlier on the server than in this program. */
const graceMs = 1_000;

/**
 * A rejection for missing permissions is reported after this many in a row, which take at least 3.5 seconds: an API
 * server that has just started serves before it has loaded its roles and accounts, and first rejects all clients.
 */
const rejectionsToBelieve = 5;

export interface WatchOptions extends ClusterParts {
  readonly client: ConfigMapClient;
  readonly pace: WatchPace;
  /** The version of the object that is known already; null if there is none. */
  readonly knownVersion: string | null;
  readonly onObservation: (observation: Observation) => void;
  /** Called with a problem if the server responds but does not open a watch; with null when it opens one again. */
  readonly onRejection: (problem: Problem | null) => void;
}

/**
 * Keeps a watch of one ConfigMap open until it is stopped. A watch resumes from the version of the one before. The
 * first one, and one after a failure, begins with the object: the known version may be older than what the server
 * remembers.
 */
export class ConfigMapWatch {
  private readonly tracker: ConfigMapTracker;
  private readonly pauses: WatchPauses;
  private readonly pause: Pause;
  private openWatch: EventStream | null = null;
  private stopped = false;
  /** Whether the open watch cannot continue. */
  private failed = false;
  /** How many responses in a row did not open a watch. */
  private rejections = 0;

  constructor(private readonly options: WatchOptions) {
    const { client, clock, pace, random, knownVersion } = options;
    this.tracker = new ConfigMapTracker(client, (observation) => this.observe(observation), knownVersion);
    this.pauses = new WatchPauses(pace, random);
    this.pause = new Pause(clock);
  }

  start(): void {
    void this.run();
  }

  stop(): void {
    this.stopped = true;
    this.openWatch?.stop();
    this.pause.wake();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const ending = await this.watchOnce();
      // The failure was observed, so only an observation of the object itself replaces it.
      if (ending.kind === 'rejected' || ending.kind === 'unreachable') this.tracker.resumeFrom = null;
      if (!this.stopped) await this.pause.wait(this.pauses.after(ending));
    }
  }

  /** Opens one watch and waits for its end. */
  private async watchOnce(): Promise<WatchEnding> {
    const { client, random } = this.options;
    const { watchSeconds, idleMs } = this.options.pace;
    const timeoutSeconds = Math.round(watchSeconds.least + random() * (watchSeconds.most - watchSeconds.least));
    const { resumeFrom } = this.tracker;
    const onEvent = (event: unknown): void => this.handleEvent(event);
    try {
      const opened = await client.watch({ timeoutSeconds, resumeFrom, idleMs, onEvent });
      if ('status' in opened) return await this.handleRejection(opened);
      return await this.follow(opened, timeoutSeconds);
    } catch (error) {
      return this.observeUnreachable(problemOfError(error), 0);
    }
  }

  private observe(observation: Observation): void {
    if (!this.stopped) this.options.onObservation(observation);
  }

  private handleEvent(event: unknown): void {
    if (this.stopped || this.tracker.handle(event)) return;
    this.failed = true;
    this.openWatch?.stop();
  }

  private async follow(opened: EventStream, timeoutSeconds: number): Promise<WatchEnding> {
    const { clock, pace } = this.options;
    if (this.stopped) opened.stop();
    else this.options.onRejection(null);
    this.openWatch = opened;
    this.failed = false;
    this.rejections = 0;
    const [openedAt, { eventCount }] = [clock.now(), this.tracker];
    const cancel = this.tracker.resumeFrom === null ? this.refreshIfSilent() : () => {};
    await opened.ended;
    cancel();
    this.openWatch = null;
    const lastedMs = clock.now() - openedAt;
    if (this.failed) return { kind: 'rejected' };
    if (lastedMs > pace.pauseMs.rejected)
      return { kind: lastedMs >= timeoutSeconds * 1_000 - graceMs ? 'expired' : 'broken' };
    // A watch that ends at once and without an event may not be from an API server.
    if (this.tracker.eventCount === eventCount && !this.stopped) await this.tracker.refresh();
    return { kind: 'rejected' };
  }

  private observeUnreachable(problem: Problem, retryAfterMs: number): WatchEnding {
    this.observe(withoutValue(problem));
    return { kind: 'unreachable', retryAfterMs };
  }

  private async handleRejection(response: ApiResponse): Promise<WatchEnding> {
    const problem = this.options.client.problemOf(response);
    if (isUnavailable(response.status)) return this.observeUnreachable(problem, response.retryAfterMs);
    // 410 only says that the version is too old.
    if (response.status !== 410 && this.isBelieved(response)) {
      await this.tracker.refresh();
      if (!this.stopped) this.options.onRejection(problem);
    }
    return { kind: 'rejected' };
  }

  private isBelieved({ status }: ApiResponse): boolean {
    this.rejections += 1;
    const isLackOfRights = status === 401 || status === 403;
    return !this.stopped && (!isLackOfRights || this.rejections >= rejectionsToBelieve);
  }

  /** A watch that begins with the object is silent if the object does not exist. */
  private refreshIfSilent(): Cancel {
    const { eventCount } = this.tracker;
    return this.options.clock.after(this.options.pace.silenceMs, () => {
      if (this.tracker.eventCount === eventCount) void this.tracker.refresh();
    });
  }
}
