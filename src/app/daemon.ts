// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError, createProblem, messageOf } from '#domain/problem/problem.ts';
import { cdiSpecOf } from '#domain/grant/cdi-spec.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import { type Offer, withheldOffer } from '#domain/offer/offer.ts';
import { type Plan, emptyPlan, plan } from '#domain/offer/plan.ts';
import type { Settings } from '#domain/settings/settings.ts';
import type { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import type { Clock } from '#ports/clock.ts';
import type { ConfigSource } from '#ports/config-source.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import { type Logger, logProblem } from '#ports/logger.ts';
import type { Metrics } from '#ports/metrics.ts';
import type { NetdevLinks } from '#ports/netdev-links.ts';
import type { NodeEvents } from '#ports/node-events.ts';
import type { NodeLabels } from '#ports/node-labels.ts';
import type { ResourcePublisher } from '#ports/resource-publisher.ts';
import { FollowedExtraNodes } from './followed-extra-nodes.ts';
import { LinkRaiser } from './link-raiser.ts';
import { NodeEventReporter } from './node-event-reporter.ts';
import { NodeSettingsSource } from './node-settings-source.ts';
import { OfferReport } from './offer-report.ts';
import { ProblemReport } from './problem-report.ts';
import { SettingsFollower } from './settings-follower.ts';
import { Timers } from '#timing/timers.ts';
import { ScanWithDeadline } from './scan-with-deadline.ts';

export interface DaemonParts {
  readonly configSource: ConfigSource;
  /** The name of this node in Kubernetes; null where nobody said it. */
  readonly nodeName: string | null;
  readonly nodeLabels: NodeLabels;
  readonly discovery: HcaDiscovery;
  readonly hints: HcaChangeHints;
  readonly extraNodes: ExtraNodes;
  readonly publisher: ResourcePublisher;
  /** Null unless containers are to get their nodes by CDI. */
  readonly cdiSpecs: CdiSpecStore | null;
  readonly links: NetdevLinks;
  /** Null where nobody is to be told of this node in the cluster. */
  readonly nodeEvents: NodeEvents | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * The reconcile loop. Whatever happens only wakes it; it then scans, makes the whole plan afresh and hands it on. One
 * round runs at a time, and any number of wakes during a round make one more.
 */
export class Daemon {
  private readonly problems: ProblemReport;
  private readonly offers: OfferReport;
  private readonly links: LinkRaiser;
  private readonly report: NodeEventReporter | null;
  private readonly extraNodes: FollowedExtraNodes;
  private readonly follower: SettingsFollower;
  private readonly watched: ScanWithDeadline;
  private readonly timers: Timers;
  private settings: Settings = { periodicUpdateInterval: 0, setLinksUp: false, resources: [] };
  private current: Plan = emptyPlan;
  private generation = 1;
  private round: Promise<void> | null = null;
  private again = false;
  private specsFailure: unknown = null;
  private starting: Promise<void> = Promise.resolve();
  private started = false;
  private stopping = false;
  private stopHints: () => void = () => {};
  private stopLinkHints: (() => void) | null = null;

  constructor(private readonly parts: DaemonParts) {
    const { discovery, extraNodes, links, nodeEvents, clock, logger } = parts;
    this.problems = new ProblemReport(logger);
    this.offers = new OfferReport(logger);
    this.links = new LinkRaiser(links, logger);
    this.report = nodeEvents === null ? null : new NodeEventReporter(nodeEvents, clock);
    this.extraNodes = new FollowedExtraNodes(extraNodes, () => this.wake());
    this.follower = new SettingsFollower(new NodeSettingsSource(parts), clock, logger, this.report);
    this.watched = new ScanWithDeadline(discovery, clock, () => this.wake());
    this.timers = new Timers(clock);
  }

  /**
   * Returns when the first plan is published. Waits for settings that may still come. Rejects with a ProblemError when the
   * settings, or else the host and the kubelet's directories, make it pointless to begin.
   */
  async start(): Promise<void> {
    this.starting = this.begin();
    await this.starting;
  }

  private async begin(): Promise<void> {
    const [first, places] = await Promise.allSettled([
      this.follower.first(),
      // Begun at once, for a start is in a hurry, and told second.
      bothOrProblems([this.parts.discovery.scan(), this.parts.publisher.start()]),
    ]);
    const applied = valueOf(first);
    const [inventory] = valueOf(places);
    if (applied === null) return;
    this.settings = applied.settings;
    await this.apply(inventory);
    if (this.stopping) return;
    this.started = true;
    this.stopHints = this.parts.hints.watch(() => this.wake());
    this.followSettings();
    this.follower.follow((newer) => this.take(newer.settings));
    // What changed between the first scan and the watch was seen by neither.
    this.wake();
  }

  /** Looks at the host again soon. Returns at once. */
  wake(): void {
    if (this.stopping) return;
    this.again = true;
    this.round ??= this.rounds().finally(() => {
      this.round = null;
    });
  }

  /** Reads the settings again, because a person asks for it. Bad ones are told, and the old ones stay in force. */
  async reload(): Promise<void> {
    await this.starting.catch(() => {});
    await this.follower.reload();
  }

  /** Ends everything that was begun, in reverse order. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.follower.stop();
    this.timers.stop();
    this.stopLinkHints?.();
    this.extraNodes.stop();
    this.stopHints();
    this.report?.stop();
    await Promise.all([this.parts.publisher.stop(), this.round]);
  }

  /** What is offered now, and why. */
  get plan(): Plan {
    return this.current;
  }

  private take(settings: Settings): void {
    this.settings = settings;
    this.generation += 1;
    this.followSettings();
    this.wake();
  }

  /** Sets up what looks at the host by itself, as the settings want it. */
  private followSettings(): void {
    this.scanLater();
    this.extraNodes.follow(this.settings);
    const watchLinks = this.settings.resources.some(({ health }) => health.linkDown === 'unhealthy');
    if (watchLinks) this.stopLinkHints ??= this.parts.hints.watchLinks(() => this.wake());
    else {
      this.stopLinkHints?.();
      this.stopLinkHints = null;
    }
  }

  private scanLater(): void {
    const seconds = this.settings.periodicUpdateInterval;
    this.timers.set('scan', seconds === 0 ? null : seconds * 1000, () => {
      this.wake();
      this.scanLater();
    });
  }

  private async rounds(): Promise<void> {
    while (this.again && !this.stopping) {
      this.again = false;
      await this.apply(await this.scan()).catch((error: unknown) => this.logFailure(error));
    }
  }

  private async scan(): Promise<Inventory> {
    try {
      return await this.watched.scan();
    } catch (error) {
      return { hcas: [], netnsMode: null, problems: problemsOf(error) };
    }
  }

  private async apply(inventory: Inventory): Promise<void> {
    const { settings } = this;
    const extraNodes = await this.extraNodes.find(settings);
    if (this.stopping) return;
    this.current = plan(settings, { ...inventory, extraNodes }, this.current, this.parts.clock.now());
    this.planLater();
    const { offers, linksToRaise, problems } = this.current;
    const linkProblems = await this.links.raise(linksToRaise);
    // The specs first: a share must not be handed out before the runtime can find what it names.
    await this.writeSpecs(offers);
    const given =
      this.specsFailure === null ? offers : offers.map((offer) => withheldOffer(offer, { kind: 'cdi-write-failed' }));
    this.offers.update(given);
    this.report?.update(offers);
    const all = [...problems, ...linkProblems, ...(this.specsFailure === null ? [] : problemsOf(this.specsFailure))];
    this.problems.update(all);
    this.parts.metrics.planApplied({
      offers: given,
      problems: all,
      hcas: inventory.hcas.length,
      generation: this.generation,
    });
    if (!this.stopping) this.parts.publisher.publish(given);
  }

  /** Some of a plan comes true by time alone: a link has settled, a share is forgotten. */
  private planLater(): void {
    const { changesAt } = this.current;
    this.timers.set('plan', changesAt === null ? null : changesAt - this.parts.clock.now(), () => this.wake());
  }

  private async writeSpecs(offers: readonly Offer[]): Promise<void> {
    this.specsFailure = null;
    if (this.parts.publisher.isStandby) return;
    try {
      await this.parts.cdiSpecs?.replaceAll(offers.map(cdiSpecOf));
    } catch (error) {
      // At the start it is told to whoever starts us; later it must not take away what else there is to say and do.
      if (!this.started) throw error;
      this.specsFailure = error;
    }
  }

  private logFailure(error: unknown): void {
    for (const problem of problemsOf(error)) logProblem(this.parts.logger, 'error', problem);
  }
}

function valueOf<T>(outcome: PromiseSettledResult<T>): T {
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

/** As Promise.all, but a rejection has the problems of both where both fail. */
async function bothOrProblems<A, B>(works: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  const outcomes = await Promise.allSettled(works);
  const failures = outcomes
    .filter((outcome) => outcome.status === 'rejected')
    .map((outcome): unknown => outcome.reason);
  const unexpected = failures.find((failure) => !(failure instanceof ProblemError));
  if (unexpected !== undefined) throw unexpected;
  if (failures.length > 0) throw new ProblemError(failures.flatMap(problemsOf));
  return await Promise.all(works);
}

function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ProblemError) return error.problems;
  const message = messageOf(error);
  return [
    createProblem('INTERNAL_ERROR', {
      subject: 'rdma-shared-dp',
      message,
      remedy: 'This is a defect of rdma-shared-dp: please report it.',
    }),
  ];
}
