// SPDX-License-Identifier: Apache-2.0
import type { NodeEvent, NodeEvents } from '#ports/node-events.ts';

/** Keeps the news that it is told. */
export class RecordedNodeEvents implements NodeEvents {
  readonly told: NodeEvent[] = [];
  stopped = false;

  tell(event: NodeEvent): void {
    if (!this.stopped) this.told.push(event);
  }

  stop(): void {
    this.stopped = true;
  }
}
