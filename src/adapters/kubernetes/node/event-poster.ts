// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError, hasCode } from '#domain/problem/problem.ts';
import type { NodeEvent } from '#ports/node-events.ts';
import { type ApiClient, type ApiResponse, isUnavailable } from '../api/client.ts';
import { messageOfStatus, reasonOf } from '../api/failure.ts';
import { tokenRejected } from '../api/problems.ts';
import { eventName, eventObject, eventRecurrence, eventsPath } from './event-object.ts';
import { PostedEvents } from './posted-events.ts';
import { eventRejected, eventsForbidden } from './problems.ts';

/** What an attempt to post came to. `rejected`: another attempt would fail too. `failed`: another one may succeed. */
export type PostResult =
  { readonly kind: 'posted' } | { readonly kind: 'rejected' | 'failed'; readonly problem: Problem | null };

export interface EventPosterOptions {
  readonly client: ApiClient;
  /** The name of the Node. */
  readonly node: string;
  /** Returns milliseconds since 1970. */
  readonly wallClock: () => number;
  /** Aborts calls. */
  readonly signal: AbortSignal;
}

/** Posts single Events of the Node, and counts those that occur again. */
export class EventPoster {
  private readonly posted = new PostedEvents();
  private sequence = 0;
  /** The name of the last attempt. If nobody responded to it, the server may have the Event under this name. */
  private lastAttempt: { readonly event: NodeEvent; readonly name: string } | null = null;

  constructor(private readonly options: EventPosterOptions) {}

  /** Never rejects: a failure to post Events must not affect the rest of the program. */
  async post(event: NodeEvent): Promise<PostResult> {
    try {
      return this.resultOf(await this.countOrCreate(event));
    } catch (error) {
      if (!(error instanceof ProblemError))
        return { kind: 'rejected', problem: eventRejected(this.options.node, String(error)) };
      const [problem = null] = error.problems;
      // The source of the settings reports an API server that is unreachable.
      const isReported = problem !== null && hasCode(problem, 'KUBERNETES_UNREACHABLE');
      return { kind: 'failed', problem: isReported ? null : problem };
    }
  }

  private async countOrCreate(event: NodeEvent): Promise<ApiResponse> {
    const posted = this.posted.get(event);
    if (posted === null) return await this.create(event);
    const { client, wallClock, signal } = this.options;
    const count = posted.count + 1;
    const response = await client.patch(`${eventsPath}/${posted.name}`, eventRecurrence(count, wallClock()), signal);
    if (response.status === 200) this.posted.set(event, { ...posted, count });
    if (response.status !== 404) return response;
    // The server has deleted the Event: it keeps one for an hour.
    this.posted.delete(event);
    return await this.create(event);
  }

  private async create(event: NodeEvent): Promise<ApiResponse> {
    const { client, node, wallClock, signal } = this.options;
    const name = this.nameFor(event);
    const response = await client.post(eventsPath, eventObject(event, node, name, wallClock()), signal);
    // An Event that exists under this name is the same one, from an attempt that nobody responded to.
    if (response.status !== 201 && response.status !== 409) return response;
    this.posted.set(event, { name, count: 1 });
    this.lastAttempt = null;
    return { ...response, status: 201 };
  }

  private nameFor(event: NodeEvent): string {
    if (this.lastAttempt?.event !== event) {
      this.sequence += 1;
      this.lastAttempt = { event, name: eventName(this.options.node, this.options.wallClock(), this.sequence) };
    }
    return this.lastAttempt.name;
  }

  private resultOf(response: ApiResponse): PostResult {
    const { client, node } = this.options;
    const { status } = response;
    if (status === 200 || status === 201) return { kind: 'posted' };
    if (status === 401) return { kind: 'failed', problem: tokenRejected(client.server) };
    if (status === 403) return { kind: 'failed', problem: eventsForbidden(node, reasonOf(response)) };
    if (isUnavailable(status)) return { kind: 'failed', problem: null };
    const found = `status ${status}, ${messageOfStatus(response)}`;
    return { kind: 'rejected', problem: eventRejected(node, found) };
  }
}
