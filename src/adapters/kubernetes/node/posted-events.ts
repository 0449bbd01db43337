// SPDX-License-Identifier: Apache-2.0
import type { NodeEvent } from '#ports/node-events.ts';

/** An Event that is in the cluster: its name, and how often it was seen. */
export interface Posted {
  readonly name: string;
  readonly count: number;
}

/** More than a node has to say in the hour for which an API server keeps Events (--event-ttl). */
const most = 64;

/** The Events that were posted last, so that the same news is counted rather than posted again. */
export class PostedEvents {
  private readonly known = new Map<string, Posted>();

  get(event: NodeEvent): Posted | null {
    return this.known.get(keyOf(event)) ?? null;
  }

  note(event: NodeEvent, posted: Posted): void {
    this.forget(event);
    this.known.set(keyOf(event), posted);
    const [oldest] = this.known.keys();
    if (this.known.size > most && oldest !== undefined) this.known.delete(oldest);
  }

  forget(event: NodeEvent): void {
    this.known.delete(keyOf(event));
  }
}

function keyOf({ type, reason, message, closing }: NodeEvent): string {
  return `${type} ${reason} ${message} ${closing}`;
}
