// SPDX-License-Identifier: Apache-2.0
import { type Problem, problemsOf } from '#domain/problem/problem.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import { type Offer, withheldOffer } from '#domain/offer/offer.ts';
import { type Plan, emptyPlan, plan } from '#domain/offer/plan.ts';
import type { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import type { Clock } from '#ports/clock.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import type { Logger } from '#ports/logger.ts';
import type { Metrics } from '#ports/metrics.ts';
import type { NetdevLinks } from '#ports/netdev-links.ts';
import type { ResourcePublisher } from '#ports/resource-publisher.ts';
import type { ActiveSettings } from './settings/active-settings.ts';
import { ExtraNodeSearch } from './host/extra-node-search.ts';
import { LinkRaiser } from './host/link-raiser.ts';
import type { NodeEventReporter } from './reports/node-event-reporter.ts';
import { OfferReport } from './reports/offer-report.ts';
import { ProblemReport } from './reports/problem-report.ts';
import { SpecWriter } from './spec-writer.ts';

export interface RoundParts {
  readonly extraNodes: ExtraNodes;
  readonly publisher: ResourcePublisher;
  /** Null unless containers get their device nodes through CDI. */
  readonly cdiSpecs: CdiSpecStore | null;
  readonly links: NetdevLinks;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * What follows a scan: plan, write CDI specs, publish, bring links up, report. Each step that waits has a deadline;
 * `onLate` is called when a step finishes after it.
 */
export class Round {
  private readonly extraNodes: ExtraNodeSearch;
  private readonly specs: SpecWriter;
  private readonly links: LinkRaiser;
  private readonly offers: OfferReport;
  private readonly problems: ProblemReport;
  private current: Plan = emptyPlan;
  private hasPublished = false;
  private stopped = false;

  constructor(
    private readonly parts: RoundParts,
    private readonly events: NodeEventReporter | null,
    onLate: () => void,
  ) {
    const { extraNodes, cdiSpecs, links, clock, logger } = parts;
    this.extraNodes = new ExtraNodeSearch(extraNodes, clock, onLate);
    this.specs = new SpecWriter(cdiSpecs, clock, onLate);
    this.links = new LinkRaiser(links, clock, logger, onLate);
    this.offers = new OfferReport(logger);
    this.problems = new ProblemReport(logger);
  }

  /** What is offered now, and why. */
  get plan(): Plan {
    return this.current;
  }

  /** Applies the settings to the inventory. Rejects if the first plan cannot be published. */
  async apply(active: ActiveSettings, inventory: Inventory): Promise<void> {
    const nodes = await this.extraNodes.find(active.settings);
    if (this.stopped) return;
    const now = this.parts.clock.now();
    this.current = plan(active.settings, { ...inventory, extraNodes: nodes.paths }, this.current, now);
    const { offers, linksToRaise, problems } = this.current;
    // Before the shares are offered: the runtime must find the specs that they name.
    const specProblems = await this.writeSpecs(offers);
    if (this.stopped) return;
    const published = specProblems.length === 0 ? offers : withheld(offers);
    this.parts.publisher.publish(published);
    this.hasPublished = true;
    const linkProblems = await this.links.raise(linksToRaise);
    if (this.stopped) return;
    this.events?.update(offers);
    this.report(active, inventory, published, [...problems, ...nodes.problems, ...linkProblems, ...specProblems]);
  }

  /** No step starts after this. */
  stop(): void {
    this.stopped = true;
  }

  private async writeSpecs(offers: readonly Offer[]): Promise<readonly Problem[]> {
    if (this.parts.publisher.isStandby) return [];
    try {
      await this.specs.write(offers);
      return [];
    } catch (error) {
      // At startup it ends the program. Later the shares become unhealthy, and everything else goes on.
      if (!this.hasPublished) throw error;
      return problemsOf(error);
    }
  }

  private report(
    { generation }: ActiveSettings,
    { hcas }: Inventory,
    offers: readonly Offer[],
    problems: readonly Problem[],
  ): void {
    this.offers.update(offers);
    this.problems.update(problems);
    this.parts.metrics.planApplied({ offers, problems, hcas: hcas.length, generation });
  }
}

function withheld(offers: readonly Offer[]): readonly Offer[] {
  return offers.map((offer) => withheldOffer(offer, { kind: 'cdi-write-failed' }));
}
