// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError } from '#domain/problem/problem.ts';
import type { NodeEvent } from '#ports/node-events.ts';
import { type ApiClient, type ApiResponse, isUnavailable } from '../api/client.ts';
import { describeResponse, reasonOf } from '../api/failure.ts';
import { tokenRejected } from '../api/problems.ts';
import { eventName, eventObject, eventRecurrence, eventsPath } from './event-object.ts';
import { NewestEntries } from './newest-entries.ts';
import { eventRejected, eventsForbidden } from './problems.ts';

/**
 * The result of an attempt to post. `rejected`: another attempt would fail too. `failed`: another one may succeed. The
 * problem is null if nobody has to act.
 */
export type PostResult =
  { readonly kind: 'posted' } | { readonly kind: 'rejected' | 'failed'; readonly problem: Problem | null };

/** An Event in the cluster: its name, and how often it has occurred. */
interface PostedEvent {
  readonly name: string;
  readonly count: number;
}

/** More than a node posts in the hour for which an API server keeps Events (--event-ttl). */
const maxPosted = 64;

/** Posts single Events of the Node, and counts those that occur again. */
export class EventPoster {
  /** The Events that were posted last, so that an equal one is counted rather than posted again. */
  private readonly posted = new NewestEntries<PostedEvent>(maxPosted);
  private sequence = 0;
  /** The name of the last attempt. If it got no response, the server may have the Event under this name. */
  private lastAttempt: { readonly event: NodeEvent; readonly name: string } | null = null;

  /** `node` is the name of the Node. `wallClock` returns milliseconds since 1970. */
  constructor(
    private readonly client: ApiClient,
    private readonly node: string,
    private readonly wallClock: () => number,
  ) {}

  /** Never rejects: a failure to post Events must not affect the rest of the program. */
  async post(event: NodeEvent): Promise<PostResult> {
    try {
      return this.resultOf(await this.countOrCreate(event));
    } catch (error) {
      return error instanceof ProblemError
        ? { kind: 'failed', problem: error.problems[0] ?? null }
        : { kind: 'rejected', problem: eventRejected(this.node, String(error)) };
    }
  }

  private async countOrCreate(event: NodeEvent): Promise<ApiResponse> {
    const key = keyOf(event);
    const posted = this.posted.get(key);
    if (posted === undefined) return await this.create(event);
    const count = posted.count + 1;
    const response = await this.client.patch(`${eventsPath}/${posted.name}`, eventRecurrence(count, this.wallClock()));
    if (response.status === 200) this.posted.set(key, { ...posted, count });
    if (response.status !== 404) return response;
    // The server has deleted the Event: it keeps one for an hour.
    this.posted.delete(key);
    return await this.create(event);
  }

  private async create(event: NodeEvent): Promise<ApiResponse> {
    const name = this.nameFor(event);
    const response = await this.client.post(eventsPath, eventObject(event, this.node, name, this.wallClock()));
    // An Event that exists under this name is the same one, from an attempt that got no response.
    if (response.status !== 201 && response.status !== 409) return response;
    this.posted.set(keyOf(event), { name, count: 1 });
    this.lastAttempt = null;
    return { ...response, status: 201 };
  }

  private nameFor(event: NodeEvent): string {
    if (this.lastAttempt?.event !== event) {
      this.sequence += 1;
      this.lastAttempt = { event, name: eventName(this.node, this.wallClock(), this.sequence) };
    }
    return this.lastAttempt.name;
  }

  private resultOf(response: ApiResponse): PostResult {
    const { status } = response;
    if (status === 200 || status === 201) return { kind: 'posted' };
    if (status === 401) return { kind: 'failed', problem: tokenRejected(this.client.server) };
    if (status === 403) return { kind: 'failed', problem: eventsForbidden(this.node, reasonOf(response)) };
    if (isUnavailable(status)) return { kind: 'failed', problem: null };
    return { kind: 'rejected', problem: eventRejected(this.node, describeResponse(response)) };
  }
}

function keyOf({ type, reason, message, closing }: NodeEvent): string {
  return `${type} ${reason} ${message} ${closing}`;
}
