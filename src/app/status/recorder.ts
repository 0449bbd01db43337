// SPDX-License-Identifier: Apache-2.0
import { countHealthy, countShares } from '#domain/offer/share.ts';
import type { Problem } from '#domain/problem/problem.ts';
import type { ActiveSettings } from '#domain/settings/active-settings.ts';
import type { Change, SettingsStatus } from '#domain/status/node-status.ts';
import type { AllocationMeasurement, AppliedPlan, Observer, ServingEvent } from '#ports/observer.ts';

/** How many changes are remembered. A link that flaps must not use up memory. */
const changesKept = 32;

/** What happened between one resource and the kubelet since the start. */
export interface ResourceRecord {
  /**
   * How many streams are open. There may be two: a resource that is offered again soon may have a new registration
   * before the old one has ended.
   */
  streams: number;
  /** In ISO 8601; null before the first event. */
  since: string | null;
  registrations: number;
  granted: number;
  refused: number;
}

/** Remembers what the daemon did, for its status. */
export class StatusRecorder implements Observer {
  private readonly resources = new Map<string, ResourceRecord>();
  private recent: readonly Change[] = [];
  private lastRead: SettingsStatus['lastRead'] = null;
  private active: ActiveSettings | null = null;
  /** What each resource offered, as the last change said it. */
  private offered: ReadonlyMap<string, string> = new Map();
  private problems: ReadonlySet<string> = new Set();
  private applied: AppliedPlan | null = null;

  /** `wallClock` returns milliseconds since 1970. */
  constructor(private readonly wallClock: () => number) {}

  get plan(): AppliedPlan | null {
    return this.applied;
  }

  get changes(): readonly Change[] {
    return this.recent;
  }

  get settings(): SettingsStatus {
    const { generation = 0, hash = null, nodeEntries = [] } = this.active ?? {};
    return { generation, hash, nodeEntries, lastRead: this.lastRead };
  }

  recordOf(resource: string): Readonly<ResourceRecord> {
    return this.resources.get(resource) ?? { streams: 0, since: null, registrations: 0, granted: 0, refused: 0 };
  }

  scanFinished(): void {}

  settingsApplied(active: ActiveSettings): void {
    this.lastRead = { at: this.now(), valid: true, problems: [] };
    if (active.generation !== this.active?.generation)
      this.note(`Settings applied: generation ${active.generation}, hash ${active.hash}.`);
    this.active = active;
  }

  settingsRejected(problems: readonly Problem[]): void {
    const isNews = this.lastRead?.valid !== false;
    this.lastRead = { at: this.now(), valid: false, problems };
    if (isNews) this.note(`Settings rejected: ${problems[0]?.message ?? 'no reason is known'}`);
  }

  planApplied(plan: AppliedPlan): void {
    this.applied = plan;
    const before = this.offered;
    this.offered = new Map(plan.offers.map((offer) => [offer.resource, describeOffer(offer)]));
    for (const [resource, text] of this.offered) if (before.get(resource) !== text) this.note(text);
    for (const resource of before.keys())
      if (!this.offered.has(resource)) this.note(`${resource} is no longer offered.`);
    const known = this.problems;
    this.problems = new Set(plan.problems.map(identityOf));
    for (const problem of plan.problems) if (!known.has(identityOf(problem))) this.note(problem.message);
    for (const identity of known) if (!this.problems.has(identity)) this.note(`${identity} no longer applies.`);
  }

  resourceEvent(resource: string, event: ServingEvent): void {
    const record = this.keep(resource);
    record.streams = Math.max(0, record.streams + (event === 'registered' ? 1 : -1));
    if (event === 'registered') record.registrations += 1;
    record.since = this.now();
    this.note(event === 'registered' ? `${resource} was registered.` : `${resource} lost its registration.`);
  }

  allocationAnswered(resource: string, { result }: AllocationMeasurement): void {
    this.keep(resource)[result] += 1;
  }

  private keep(resource: string): ResourceRecord {
    const record = this.resources.get(resource) ?? { ...this.recordOf(resource) };
    this.resources.set(resource, record);
    return record;
  }

  private note(message: string): void {
    this.recent = [...this.recent, { at: this.now(), message }].slice(-changesKept);
  }

  private now(): string {
    return new Date(this.wallClock()).toISOString();
  }
}

function describeOffer({ resource, shares, hcas }: AppliedPlan['offers'][number]): string {
  const [all, healthy] = [countShares(shares), countHealthy(shares)];
  const of = hcas.length === 1 ? '1 HCA' : `${hcas.length} HCAs`;
  return `${resource} has ${healthy} of ${all} shares available, on ${of}.`;
}

function identityOf({ code, subject }: Problem): string {
  return `${code} of ${subject}`;
}
