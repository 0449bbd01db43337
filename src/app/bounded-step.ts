// SPDX-License-Identifier: Apache-2.0
import { ProblemError, createProblem } from '#domain/problem/problem.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import type { Cancel, Clock } from '#ports/clock.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';

/** A scan takes milliseconds; one that takes so long will not come back. */
const deadlineMs = 15_000;

/**
 * Scans that always come to an end: a host that cannot be looked at any more has, for all we know, no HCA, and nothing is
 * offered on yesterday's word. A scan that is stuck is not begun a second time; `onLate` is called should it end after all.
 */
export class ScanWithDeadline {
  private stuck: Promise<unknown> | null = null;

  constructor(
    private readonly discovery: HcaDiscovery,
    private readonly clock: Clock,
    private readonly onLate: () => void,
  ) {}

  /** Rejects with what the discovery rejects with, or with a ProblemError when it takes too long. */
  async scan(): Promise<Inventory> {
    if (this.stuck !== null) throw new ProblemError([stuckScan]);
    const running = this.discovery.scan();
    let cancel: Cancel = () => {};
    const late = new Promise<never>((_, reject) => {
      cancel = this.clock.after(deadlineMs, () => {
        this.giveUp(running);
        reject(new ProblemError([stuckScan]));
      });
    });
    return await Promise.race([running, late]).finally(() => cancel());
  }

  private giveUp(running: Promise<Inventory>): void {
    const over = (): void => {
      this.stuck = null;
      this.onLate();
    };
    this.stuck = running.then(over, over);
  }
}

const stuckScan = createProblem('SCAN_TIMEOUT', {
  subject: 'discovery',
  message: `Looking for the HCAs of this node has taken longer than ${deadlineMs / 1000} s and goes on.`,
  remedy: 'Look in the kernel log for a driver that hangs; shares are healthy again by themselves when the look ends.',
});
