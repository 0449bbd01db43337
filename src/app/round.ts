// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError, createProblem, problemsOf } from '#domain/problem/problem.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import { cdiSpecOf } from '#domain/grant/cdi-spec.ts';
import { type Offer, withheldOffer } from '#domain/offer/offer.ts';
import { type Plan, emptyPlan, plan } from '#domain/offer/plan.ts';
import { conditionProblem } from '#domain/offer/words/conditions.ts';
import type { ActiveSettings } from '#domain/settings/active-settings.ts';
import type { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import type { Observer } from '#ports/observer.ts';
import type { PodResources } from '#ports/pod-resources.ts';
import type { ResourcePublisher } from '#ports/resource-publisher.ts';
import { BoundedStep, unfinished } from './bounded-step.ts';
import { ChangedHcaHolders } from './holders/changed-hca-holders.ts';
import type { GrantJournal } from './holders/grant-journal.ts';
import { RetiredSpecs } from './holders/retired-specs.ts';
import { HostSteps, type HostStepsParts } from './host/steps.ts';
import type { NodeEventReporter } from './reports/node-event-reporter.ts';
import { PlanReport } from './reports/plan-report.ts';

export interface RoundParts extends HostStepsParts {
  readonly publisher: ResourcePublisher;
  /** Null unless containers get their device nodes through CDI. */
  readonly cdiSpecs: CdiSpecStore | null;
  readonly observer: Observer;
  readonly podResources: PodResources;
  readonly grants: GrantJournal;
}

/**
 * What follows a scan: plan, write CDI specs, publish, bring links up, report. Each step that waits has a deadline;
 * `onLate` is called when a step finishes after it.
 */
export class Round {
  private readonly host: HostSteps;
  private readonly specWriting: BoundedStep;
  private readonly holders: ChangedHcaHolders;
  private readonly retiredSpecs: RetiredSpecs | null;
  private readonly log: PlanReport;
  private current: Plan = emptyPlan;
  private hasPublished = false;
  private stopped = false;

  constructor(
    private readonly parts: RoundParts,
    private readonly events: NodeEventReporter | null,
    onLate: () => void,
  ) {
    this.host = new HostSteps(parts, onLate);
    this.specWriting = new BoundedStep(parts.clock, cdiTimeout, onLate);
    this.holders = new ChangedHcaHolders(parts.podResources, parts.grants);
    const { cdiSpecs, podResources, clock } = parts;
    this.retiredSpecs = cdiSpecs === null ? null : new RetiredSpecs(cdiSpecs, podResources, clock);
    this.log = new PlanReport(parts.logger);
  }

  /** What is offered now, and why. */
  get plan(): Plan {
    return this.current;
  }

  /**
   * Applies the settings to the inventory. Resolves to whether the host could be scanned and every step succeeded.
   * Rejects if the first plan cannot be published.
   */
  async apply(active: ActiveSettings, inventory: Inventory): Promise<boolean> {
    const nodes = await this.host.findExtraNodes(active.settings);
    if (this.stopped) return true;
    const now = this.parts.clock.now();
    this.current = plan(active.settings, { ...inventory, extraNodes: nodes.paths }, this.current, now);
    const { offers, linksToRaise, problems } = this.current;
    // Before the shares are offered: the runtime must find the specs that they name.
    const unwritten = await this.writeSpecs(offers);
    if (this.stopped) return true;
    const published = offers.map((offer) => (unwritten.has(offer.resource) ? withheld(offer) : offer));
    const specProblems = distinct([...unwritten.values()]);
    this.holders.expect(this.current);
    this.parts.publisher.publish(published);
    this.hasPublished = true;
    const linkProblems = await this.host.raiseLinks(linksToRaise);
    if (this.stopped) return true;
    const conditions = await this.holders.find(this.current);
    if (this.stopped) return true;
    const hcaProblems = conditions.map(conditionProblem);
    this.events?.update({ offers, hcaProblems });
    const planProblems = [...problems, ...hcaProblems, ...nodes.problems, ...linkProblems, ...specProblems];
    this.log.update(published, planProblems);
    const { hcas } = inventory;
    this.parts.observer.planApplied({ active, offers: published, problems: planProblems, conditions, hcas });
    await this.retiredSpecs?.check();
    const failures = [...nodes.problems, ...linkProblems, ...specProblems];
    return failures.length === 0 && inventory.isPartial !== true;
  }

  /** No step starts after this. */
  stop(): void {
    this.stopped = true;
  }

  /** Returns the problems of the specs that could not be written, by the names of their resources. */
  private async writeSpecs(offers: readonly Offer[]): Promise<ReadonlyMap<string, Problem>> {
    const { cdiSpecs, publisher } = this.parts;
    if (cdiSpecs === null) return new Map();
    const specs = offers.filter(({ resource }) => !publisher.isStandby(resource)).map(cdiSpecOf);
    const failures = await this.specWriting
      .run(() => cdiSpecs.store(specs))
      .catch((error: unknown) => new Map(specs.map(({ kind }) => [kind, problemsOf(error)[0] ?? cdiTimeout])));
    // At startup, a directory that cannot be used ends the program. Later, what is on disk already stays valid.
    if (!this.hasPublished && specs.length > 0 && failures.size === specs.length)
      throw new ProblemError(distinct([...failures.values()]));
    return new Map(specs.flatMap(({ kind, resource }) => problemOfKind(failures.get(kind), resource)));
  }
}

function problemOfKind(problem: Problem | undefined, resource: string): readonly (readonly [string, Problem])[] {
  return problem === undefined ? [] : [[resource, problem]];
}

/** One directory has one problem, however many specs it holds. */
function distinct(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [problem.message, problem])).values()];
}

const cdiTimeout = createProblem('CDI_WRITE_TIMEOUT', {
  subject: '--cdi-dir',
  message: `Writing the CDI specs ${unfinished}, so no shares are healthy.`,
  remedy: 'Check the file system of the directory. Shares become healthy again when the specs are written.',
});

function withheld(offer: Offer): Offer {
  return withheldOffer(offer, { kind: 'cdi-write-failed' });
}
