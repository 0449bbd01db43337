// SPDX-License-Identifier: Apache-2.0
import { cdiSpecOf } from '#domain/cdi.ts';
import { type Problem, ProblemError } from '#domain/errors.ts';
import type { Inventory } from '#domain/hca.ts';
import { type Offer, withheldOffer } from '#domain/offer.ts';
import { type Plan, emptyPlan, plan } from '#domain/plan.ts';
import type { Settings } from '#domain/settings.ts';
import type { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import type { Cancel, Clock } from '#ports/clock.ts';
import type { ConfigReading, ConfigSource } from '#ports/config-source.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import type { Logger } from '#ports/logger.ts';
import type { NetdevLinks } from '#ports/netdev-links.ts';
import type { ResourcePublisher } from '#ports/resource-publisher.ts';
import { LinkRaiser } from './link-raiser.ts';
import { OfferReport } from './offer-report.ts';
import { ProblemReport, tellProblem } from './problem-report.ts';

export interface DaemonParts {
  readonly configSource: ConfigSource;
  readonly discovery: HcaDiscovery;
  readonly hints: HcaChangeHints;
  readonly publisher: ResourcePublisher;
  /** Null unless containers are to get their nodes by CDI. */
  readonly cdiSpecs: CdiSpecStore | null;
  readonly links: NetdevLinks;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The reconcile loop. Whatever happens only wakes it; it then scans, makes the whole plan afresh and hands it on. One
 * round runs at a time, and any number of wakes during a round make one more.
 */
export class Daemon {
  private readonly problems: ProblemReport;
  private readonly offers: OfferReport;
  private readonly links: LinkRaiser;
  private settings: Settings = { periodicUpdateInterval: 0, setLinksUp: false, resources: [] };
  private current: Plan = emptyPlan;
  private round: Promise<void> | null = null;
  private again = false;
  private reloading: Promise<void> | null = null;
  private reloadAgain = false;
  private specsFailure: unknown = null;
  private starting: Promise<void> = Promise.resolve();
  private started = false;
  private stopping = false;
  private cancelTimer: Cancel = () => {};
  private stopHints: () => void = () => {};

  constructor(private readonly parts: DaemonParts) {
    this.problems = new ProblemReport(parts.logger);
    this.offers = new OfferReport(parts.logger);
    this.links = new LinkRaiser(parts.links, parts.logger);
  }

  /** Rejects with a ProblemError when the settings, or else the host and the kubelet's directories, make it pointless to begin. */
  async start(): Promise<void> {
    this.starting = this.begin();
    await this.starting;
  }

  private async begin(): Promise<void> {
    const [settings, places] = await Promise.allSettled([
      this.firstSettings(),
      // Begun at once, for a start is in a hurry, and told second.
      bothOrProblems([this.parts.discovery.scan(), this.parts.publisher.start()]),
    ]);
    this.settings = valueOf(settings);
    const [inventory] = valueOf(places);
    await this.putInForce(inventory);
    if (this.stopping) return;
    this.started = true;
    this.stopHints = this.parts.hints.watch(() => this.wake());
    this.scanLater();
  }

  /** Looks at the host again soon. Returns at once. */
  wake(): void {
    if (this.stopping) return;
    this.again = true;
    this.round ??= this.rounds().finally(() => {
      this.round = null;
    });
  }

  /**
   * Reads the settings again. Bad ones are told, and the old ones stay in force. One reading runs at a time, and any number
   * of calls during it make one more, so that the last one read is the newest.
   */
  async reload(): Promise<void> {
    this.reloadAgain = true;
    this.reloading ??= this.reloads().finally(() => {
      this.reloading = null;
    });
    await this.reloading;
  }

  private async reloads(): Promise<void> {
    await this.starting.catch(() => {});
    while (this.reloadAgain && !this.stopping) {
      this.reloadAgain = false;
      await this.readAgain();
    }
  }

  private async readAgain(): Promise<void> {
    const reading = await this.parts.configSource.read();
    if (this.stopping) return;
    for (const warning of reading.warnings) tellProblem(this.parts.logger, 'warning', warning);
    if (reading.valid) this.take(reading.settings);
    else this.refuse(reading);
  }

  /** Ends everything that was begun, in reverse order. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.cancelTimer();
    this.stopHints();
    await Promise.all([this.parts.publisher.stop(), this.round]);
  }

  /** What is offered now, and why. */
  get plan(): Plan {
    return this.current;
  }

  private async firstSettings(): Promise<Settings> {
    const reading = await this.parts.configSource.read();
    for (const warning of reading.warnings) tellProblem(this.parts.logger, 'warning', warning);
    if (!reading.valid) throw new ProblemError(reading.problems);
    return reading.settings;
  }

  private take(settings: Settings): void {
    this.settings = settings;
    this.parts.logger.log('info', 'new settings are in force', { resources: settings.resources.map(({ name }) => name) });
    this.cancelTimer();
    this.scanLater();
    this.wake();
  }

  private refuse(reading: ConfigReading & { readonly valid: false }): void {
    this.parts.logger.log('error', 'the new settings are bad; the old ones stay in force', { problems: reading.problems.length });
    for (const problem of reading.problems) tellProblem(this.parts.logger, 'error', problem);
  }

  private scanLater(): void {
    const seconds = this.settings.periodicUpdateInterval;
    if (seconds === 0) return;
    this.cancelTimer = this.parts.clock.after(seconds * 1000, () => {
      this.wake();
      this.scanLater();
    });
  }

  private async rounds(): Promise<void> {
    while (this.again && !this.stopping) {
      this.again = false;
      await this.putInForce(await this.scan()).catch((error: unknown) => this.tellFailure(error));
    }
  }

  /** A host that cannot be looked at any more has, for all we know, no HCA: nothing is offered on yesterday's word. */
  private async scan(): Promise<Inventory> {
    try {
      return await this.parts.discovery.scan();
    } catch (error) {
      return { hcas: [], netnsMode: null, problems: problemsOf(error) };
    }
  }

  private async putInForce(inventory: Inventory): Promise<void> {
    if (this.stopping) return;
    this.current = plan(this.settings, inventory, this.current);
    const { offers, linksToRaise, problems } = this.current;
    const linkProblems = await this.links.raise(linksToRaise);
    // The specs first: a share must not be handed out before the runtime can find what it names.
    await this.writeSpecs(offers);
    const given = this.specsFailure === null ? offers : offers.map((offer) => withheldOffer(offer, 'its CDI spec cannot be written'));
    this.offers.update(given);
    this.problems.update([...problems, ...linkProblems, ...(this.specsFailure === null ? [] : problemsOf(this.specsFailure))]);
    if (!this.stopping) this.parts.publisher.publish(given);
  }

  private async writeSpecs(offers: readonly Offer[]): Promise<void> {
    this.specsFailure = null;
    try {
      await this.parts.cdiSpecs?.replaceAll(offers.map(cdiSpecOf));
    } catch (error) {
      // At the start it is told to whoever starts us; later it must not take away what else there is to say and do.
      if (!this.started) throw error;
      this.specsFailure = error;
    }
  }

  private tellFailure(error: unknown): void {
    for (const problem of problemsOf(error)) tellProblem(this.parts.logger, 'error', problem);
  }
}

function valueOf<T>(outcome: PromiseSettledResult<T>): T {
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

/** As Promise.all, but a rejection has the problems of both where both fail. */
async function bothOrProblems<A, B>(works: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  const outcomes = await Promise.allSettled(works);
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected').map((outcome): unknown => outcome.reason);
  const unexpected = failures.find((failure) => !(failure instanceof ProblemError));
  if (unexpected !== undefined) throw unexpected;
  if (failures.length > 0) throw new ProblemError(failures.flatMap(problemsOf));
  return await Promise.all(works);
}

function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ProblemError) return error.problems;
  const message = error instanceof Error ? error.message : String(error);
  return [{ code: 'UNEXPECTED', actor: 'us', subject: 'rdma-shared-dp', message, remedy: 'This is a defect of rdma-shared-dp: please report it.' }];
}
