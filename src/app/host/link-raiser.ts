// SPDX-License-Identifier: Apache-2.0
import { type Problem, problemsOf } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import type { Logger } from '#ports/logger.ts';
import type { NetdevLinks } from '#ports/netdev-links.ts';
import { BoundedStep } from '../bounded-step.ts';
import { linkTimeout } from '../step-timeouts.ts';

/** Brings up the network links that a plan names. Retries links that stay down with each plan. */
export class LinkRaiser {
  private readonly step: BoundedStep;

  constructor(
    private readonly links: NetdevLinks,
    clock: Clock,
    private readonly logger: Logger,
    onLate: () => void,
  ) {
    this.step = new BoundedStep(clock, linkTimeout, onLate);
  }

  /** Returns the problems with links that stay down. Never rejects. */
  async raise(netdevs: readonly string[]): Promise<readonly Problem[]> {
    if (netdevs.length === 0) return [];
    try {
      const results = await this.step.run(() => Promise.all(netdevs.map((netdev) => this.raiseOne(netdev))));
      return results.filter((problem) => problem !== null);
    } catch (error) {
      return problemsOf(error);
    }
  }

  private async raiseOne(netdev: string): Promise<Problem | null> {
    const problem = await this.links.raise(netdev);
    if (problem === null) this.logger.log('info', 'brought network link up', { netdev });
    return problem;
  }
}
