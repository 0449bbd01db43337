// SPDX-License-Identifier: Apache-2.0
import type { Cancel, Clock } from '#ports/clock.ts';

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** A clock that moves only when a test advances it. Timers fire in the order in which they are due. */
export class SteppedClock implements Clock {
  private time = 0;
  private readonly timers = new Set<Timer>();

  now(): number {
    return this.time;
  }

  after(delayMs: number, run: () => void): Cancel {
    const timer = { due: this.time + delayMs, run };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** The number of pending timers. Shows leaks. */
  get pending(): number {
    return this.timers.size;
  }

  /** Advances the time, and runs the timers that become due, each with everything that follows from it. */
  async step(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (let next = this.nextDue(end); next !== undefined; next = this.nextDue(end)) {
      this.timers.delete(next);
      this.time = Math.max(this.time, next.due);
      next.run();
      await settle();
    }
    this.time = end;
    await settle();
  }

  private nextDue(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.due <= end && (first === undefined || timer.due < first.due)) first = timer;
    }
    return first;
  }
}

/** How many turns of the event loop the steps of the code under test take, with some to spare. */
const quietTurns = 5;
/** Ends the wait for a file operation that never completes, such as the read of a FIFO. */
const fileLimitMs = 1_000;

/**
 * Lets the code under test run until it waits for a timer or for the test. Each turn of the event loop runs promise
 * callbacks and handles input that has arrived, and turns with unfinished file operations do not count. Several turns
 * are necessary because one step triggers the next: the fake host reports a change in one turn and answers a scan in
 * another, and a request to a server of the same process takes three. For other input there is no guarantee: use
 * `until` there.
 */
export async function settle(): Promise<void> {
  const end = performance.now() + fileLimitMs;
  let turns = 0;
  while (turns < quietTurns) {
    await new Promise((resolve) => setImmediate(resolve));
    turns = usesFiles() && performance.now() < end ? 0 : turns + 1;
  }
}

/** Returns whether this process has unfinished file operations. */
function usesFiles(): boolean {
  return process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq'));
}
