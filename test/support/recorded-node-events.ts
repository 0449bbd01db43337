// SPDX-License-Identifier: Apache-2.0
import type { NodeEvent, NodeEvents } from '#ports/node-events.ts';

/** Records the Events that are posted before it is stopped. */
export class RecordedNodeEvents implements NodeEvents {
  readonly posted: NodeEvent[] = [];
  stopped = false;

  post(event: NodeEvent): void {
    if (!this.stopped) this.posted.push(event);
  }

  stop(): void {
    this.stopped = true;
  }
}
