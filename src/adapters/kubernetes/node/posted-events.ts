// SPDX-License-Identifier: Apache-2.0
import type { NodeEvent } from '#ports/node-events.ts';

/** An Event in the cluster: its name, and how often it has occurred. */
export interface PostedEvent {
  readonly name: string;
  readonly count: number;
}

/** More than a node posts in the hour for which an API server keeps Events (--event-ttl). */
const maxEvents = 64;

/** The Events that were posted last, so that an equal one is counted rather than posted again. */
export class PostedEvents {
  private readonly events = new Map<string, PostedEvent>();

  get(event: NodeEvent): PostedEvent | null {
    return this.events.get(keyOf(event)) ?? null;
  }

  set(event: NodeEvent, posted: PostedEvent): void {
    this.delete(event);
    this.events.set(keyOf(event), posted);
    const [oldest] = this.events.keys();
    if (this.events.size > maxEvents && oldest !== undefined) this.events.delete(oldest);
  }

  delete(event: NodeEvent): void {
    this.events.delete(keyOf(event));
  }
}

function keyOf({ type, reason, message, closing }: NodeEvent): string {
  return `${type} ${reason} ${message} ${closing}`;
}
