// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { Plan } from '#domain/offer/plan.ts';
import type { ActiveSettings } from '#domain/settings/active-settings.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import { logError, logProblem } from '#ports/logger.ts';
import type { NodeEvents } from '#ports/node-events.ts';
import { withDeadline } from '#timing/deadline.ts';
import { SingleFlight } from '#timing/single-flight.ts';
import { HostScan } from './host/scan.ts';
import { HostWatch } from './host/watch.ts';
import { NodeEventReporter } from './reports/node-event-reporter.ts';
import { type NodeSettingsParts, NodeSettingsSource } from './settings/node-settings-source.ts';
import { Round, type RoundParts } from './round.ts';
import { SettingsFollower } from './settings/follower.ts';
import { startUp } from './start-up.ts';

export interface DaemonParts extends NodeSettingsParts, RoundParts {
  readonly discovery: HcaDiscovery;
  readonly hints: HcaChangeHints;
  /** Null unless Events are posted. */
  readonly nodeEvents: NodeEvents | null;
  /** Problems of the options that do not prevent a start, to be logged at startup. */
  readonly warnings: readonly Problem[];
}

/** How long `stop` waits for a start or round that is under way. */
const stopDeadlineMs = 1_500;

/**
 * The reconcile loop. Every trigger only wakes it. A round then scans the host, computes the whole plan and
 * publishes it. Rounds never overlap, and any number of wakes during a round cause one more.
 */
export class Daemon {
  private readonly events: NodeEventReporter | null;
  private readonly follower: SettingsFollower;
  private readonly scan: HostScan;
  private readonly round: Round;
  private readonly hostWatch: HostWatch;
  private readonly rounds = new SingleFlight(() => this.runRound());
  private active: ActiveSettings | null = null;
  private starting: Promise<void> = Promise.resolve();
  private isStopping = false;

  constructor(private readonly parts: DaemonParts) {
    const { discovery, nodeEvents, observer, clock, logger } = parts;
    const wake = (): void => this.wake();
    this.events = nodeEvents === null ? null : new NodeEventReporter(nodeEvents, clock);
    const observers = this.events === null ? [observer] : [this.events, observer];
    this.follower = new SettingsFollower(new NodeSettingsSource(parts), clock, logger, observers);
    this.scan = new HostScan(discovery, clock, logger, wake);
    this.round = new Round(parts, this.events, wake);
    this.hostWatch = new HostWatch(parts, wake);
  }

  /**
   * Resolves when the first plan is published. Waits for settings that may still come. Rejects with a ProblemError if
   * the settings are invalid, or if the host or the kubelet directories cannot be used.
   */
  async start(): Promise<void> {
    this.starting = this.startOnce();
    await this.starting;
  }

  private async startOnce(): Promise<void> {
    const { warnings, publisher, clock, logger } = this.parts;
    for (const warning of warnings) logProblem(logger, 'warning', warning);
    const first = await startUp({ follower: this.follower, scan: this.scan, publisher, clock });
    if (first === null || this.isStopping) return;
    const isComplete = await this.round.apply(first.active, first.inventory);
    if (this.isStopping) return;
    this.hostWatch.roundEnded(isComplete);
    this.follow(first.active);
    this.follower.follow((active) => this.follow(active));
  }

  /** Requests a round. Returns immediately. Does nothing before the first plan is published. */
  wake(): void {
    if (this.active !== null && !this.isStopping) void this.rounds.request();
  }

  /** Reloads the settings at the request of a user. Invalid ones are logged, and the previous ones stay effective. */
  async reload(): Promise<void> {
    await this.starting.catch(() => {});
    await this.follower.reload();
  }

  /** Ends everything that was started, in reverse order. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.follower.stop();
    this.hostWatch.stop();
    this.events?.stop();
    this.round.stop();
    const ended = Promise.allSettled([this.starting, this.rounds.idle()]);
    await Promise.all([this.parts.publisher.stop(), withDeadline(this.parts.clock, stopDeadlineMs, ended, () => {})]);
  }

  /** What is offered now, and why. */
  get plan(): Plan {
    return this.round.plan;
  }

  private follow(active: ActiveSettings): void {
    this.active = active;
    this.hostWatch.follow(active.settings);
    // Also after the start: the host may have changed between the first scan and the watch.
    this.wake();
  }

  private async runRound(): Promise<void> {
    if (this.active === null || this.isStopping) return;
    let isComplete = false;
    try {
      const inventory = await this.scan.scan();
      isComplete = await this.round.apply(this.active, inventory);
    } catch (error) {
      logError(this.parts.logger, error);
    }
    this.hostWatch.roundEnded(isComplete);
    this.hostWatch.planAt(this.plan.changesAt);
  }
}
