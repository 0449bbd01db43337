// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError } from '#domain/problem/problem.ts';
import type { NodeEvent } from '#ports/node-events.ts';
import { type ApiClient, type ApiResponse, isUnavailable } from '../api/client.ts';
import { describeResponse, reasonOf } from '../api/failure.ts';
import { tokenRejected, unreachable } from '../api/problems.ts';
import { eventName, eventObject, eventRecurrence, eventsPath } from './event-object.ts';
import { NewestEntries } from './newest-entries.ts';
import { eventRejected, eventsForbidden } from './problems.ts';

/** Why an Event was not posted. `retryable`: another attempt may succeed. */
export interface PostFailure {
  readonly retryable: boolean;
  readonly problem: Problem;
}

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

  /** Resolves to null if the Event was posted. Never rejects: the rest of the program does not depend on Events. */
  async post(event: NodeEvent): Promise<PostFailure | null> {
    try {
      return this.failureOf(await this.countOrCreate(event));
    } catch (error) {
      const [problem] = error instanceof ProblemError ? error.problems : [];
      return problem === undefined ? this.rejection(String(error)) : { retryable: true, problem };
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

  private failureOf(response: ApiResponse): PostFailure | null {
    const { status } = response;
    const { server } = this.client;
    const found = describeResponse(response);
    if (status === 200 || status === 201) return null;
    if (status === 401) return { retryable: true, problem: tokenRejected(server) };
    if (status === 403) return { retryable: true, problem: eventsForbidden(this.node, reasonOf(response)) };
    if (isUnavailable(status)) return { retryable: true, problem: unreachable(server, found) };
    return this.rejection(found);
  }

  private rejection(found: string): PostFailure {
    return { retryable: false, problem: eventRejected(this.node, found) };
  }
}

function keyOf({ type, reason, message, closing }: NodeEvent): string {
  return `${type} ${reason} ${message} ${closing}`;
}
