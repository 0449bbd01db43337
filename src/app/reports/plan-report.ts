// SPDX-License-Identifier: Apache-2.0
import { describeVerdict } from '#domain/offer/words/verdicts.ts';
import type { Offer } from '#domain/offer/offer.ts';
import { countHealthy, countShares } from '#domain/offer/share.ts';
import type { Problem } from '#domain/problem/problem.ts';
import type { Logger } from '#ports/logger.ts';
import { ProblemLog } from './problem-log.ts';

/** Logs what changes from plan to plan: what each resource offers, and problems that appear or are resolved. */
export class PlanReport {
  /** What was logged for each resource. */
  private offered = new Map<string, string>();
  private readonly problems: ProblemLog;

  constructor(private readonly logger: Logger) {
    this.problems = new ProblemLog(logger);
  }

  /** Takes all current offers and problems. */
  update(offers: readonly Offer[], problems: readonly Problem[]): void {
    const before = this.offered;
    this.offered = new Map(offers.map((offer) => [offer.resource, this.logOffer(offer, before.get(offer.resource))]));
    for (const resource of before.keys()) {
      if (!this.offered.has(resource)) this.logger.log('info', 'resource no longer offered', { resource });
    }
    this.problems.update(problems);
  }

  /** Returns what is logged unless it is the same as `before`. */
  private logOffer({ resource, shares, hcas, verdicts }: Offer, before: string | undefined): string {
    const healthy = countHealthy(shares);
    const fields = { resource, healthy, shares: countShares(shares), hcas: hcas.map((hca) => hca.name) };
    const content = JSON.stringify(fields);
    if (content !== before) {
      this.logger.log('info', 'shares offered', fields);
      const texts = verdicts.map((verdict) => describeVerdict(verdict, resource));
      this.logger.log('debug', 'HCAs evaluated', { resource, verdicts: texts });
    }
    return content;
  }
}
