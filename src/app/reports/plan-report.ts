// SPDX-License-Identifier: Apache-2.0
import { describeVerdict } from '#domain/offer/words/verdicts.ts';
import type { Offer } from '#domain/offer/offer.ts';
import type { Problem } from '#domain/problem/problem.ts';
import { type Logger, logProblem } from '#ports/logger.ts';

/** Logs what changes from plan to plan: what each resource offers, and problems that appear or are resolved. */
export class PlanReport {
  /** What was logged for each resource. */
  private offered = new Map<string, string>();
  private problems = new Map<string, Problem>();

  constructor(private readonly logger: Logger) {}

  /** Takes all current offers and problems. */
  update(offers: readonly Offer[], problems: readonly Problem[]): void {
    const before = this.offered;
    this.offered = new Map(offers.map((offer) => [offer.resource, this.logOffer(offer, before.get(offer.resource))]));
    for (const resource of before.keys()) {
      if (!this.offered.has(resource)) this.logger.log('info', 'resource no longer offered', { resource });
    }
    this.logProblems(problems);
  }

  /** Returns what is logged unless it is the same as `before`. */
  private logOffer({ resource, shares, hcas, verdicts }: Offer, before: string | undefined): string {
    const healthy = shares.filter((share) => share.healthy).length;
    const fields = { resource, healthy, shares: shares.length, hcas: hcas.map((hca) => hca.name) };
    const content = JSON.stringify(fields);
    if (content !== before) {
      this.logger.log('info', 'shares offered', fields);
      const texts = verdicts.map((verdict) => describeVerdict(verdict, resource));
      this.logger.log('debug', 'HCAs evaluated', { resource, verdicts: texts });
    }
    return content;
  }

  private logProblems(problems: readonly Problem[]): void {
    const before = this.problems;
    this.problems = new Map(problems.map((problem) => [`${identityOf(problem)} ${problem.message}`, problem]));
    for (const [key, problem] of this.problems) {
      if (!before.has(key)) logProblem(this.logger, 'warning', problem);
    }
    const current = new Set(problems.map(identityOf));
    for (const problem of before.values()) {
      const { code, subject } = problem;
      if (!current.has(identityOf(problem))) this.logger.log('info', 'problem resolved', { code, subject });
    }
  }
}

function identityOf({ code, subject }: Problem): string {
  return `${code} ${subject}`;
}
