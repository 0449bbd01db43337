// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { Logger } from '#ports/logger.ts';
import type { NetdevLinks } from '#ports/netdev-links.ts';

/** Sets network links up that the plan names. A link that stays down is tried at each plan; see ProblemReport for the log. */
export class LinkRaiser {
  constructor(
    private readonly links: NetdevLinks,
    private readonly logger: Logger,
  ) {}

  /** Returns what kept links from being raised. */
  async raise(netdevs: readonly string[]): Promise<readonly Problem[]> {
    const results = await Promise.all(netdevs.map((netdev) => this.raiseOne(netdev)));
    return results.filter((problem) => problem !== null);
  }

  private async raiseOne(netdev: string): Promise<Problem | null> {
    const problem = await this.links.raise(netdev);
    if (problem === null) this.logger.log('info', 'brought network link up', { netdev });
    return problem;
  }
}
