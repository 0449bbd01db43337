// SPDX-License-Identifier: Apache-2.0

/**
 * Runs one piece of work at a time. Requests that are made together share one run, and any number of requests during a
 * run make one more run after it.
 */
export class SingleFlight {
  private running: Promise<void> | null = null;
  private requested = false;

  /**
   * `work` must handle its own failures: a rejection is passed to every waiting caller, and cancels the runs requested
   * meanwhile.
   */
  constructor(private readonly work: () => Promise<void>) {}

  /** Requests a run that begins after this call. Resolves when no run is in progress or requested. */
  request(): Promise<void> {
    this.requested = true;
    this.running ??= this.runAll().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** Resolves when no run is under way; requests none. Never rejects. */
  async idle(): Promise<void> {
    await this.running?.catch(() => {});
  }

  private async runAll(): Promise<void> {
    try {
      while (this.requested) {
        // The work begins after the code that requests it, which may request it several times.
        await Promise.resolve();
        this.requested = false;
        await this.work();
      }
    } finally {
      this.requested = false;
    }
  }
}
