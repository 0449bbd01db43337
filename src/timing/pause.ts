// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '#ports/clock.ts';

/** A wait that can be ended early. One at a time. */
export class Pause {
  private end: () => void = () => {};

  constructor(private readonly clock: Clock) {}

  /** Resolves after `ms`, or at the next `wake`. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.clock.after(ms, () => this.end());
      this.end = () => {
        cancel();
        this.end = () => {};
        resolve();
      };
    });
  }

  /** Ends the current wait, if there is one. */
  wake(): void {
    this.end();
  }
}
