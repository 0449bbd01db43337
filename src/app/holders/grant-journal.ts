// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';
import type { GrantObserver } from '#ports/grant-observer.ts';

/** Remembers when shares were granted, while somebody needs to know. A node can have 200,000 shares. */
export class GrantJournal implements GrantObserver {
  private readonly times = new Map<string, number>();
  private isRecording = false;

  constructor(private readonly clock: Clock) {}

  granted(resource: string, shareIds: readonly string[]): void {
    if (!this.isRecording) return;
    for (const id of shareIds) this.times.set(keyOf(resource, id), this.clock.now());
  }

  /** Forgets everything if it is turned off. */
  record(isNeeded: boolean): void {
    this.isRecording = isNeeded;
    if (!isNeeded) this.times.clear();
  }

  /** Returns when the share was granted last, in milliseconds of the clock; null if not since recording began. */
  timeOf(resource: string, shareId: string): number | null {
    return this.times.get(keyOf(resource, shareId)) ?? null;
  }
}

function keyOf(resource: string, shareId: string): string {
  return `${resource} ${shareId}`;
}
