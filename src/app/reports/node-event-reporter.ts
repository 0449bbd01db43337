// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import { describeEmptyResource, emptyReasonRemedy } from '#domain/offer/words/empty-resource.ts';
import type { Offer } from '#domain/offer/offer.ts';
import { countHealthy } from '#domain/offer/share.ts';
import type { ActiveSettings } from '#domain/settings/active-settings.ts';
import type { Clock } from '#ports/clock.ts';
import type { NodeEvent, NodeEvents } from '#ports/node-events.ts';
import { Timers } from '#timing/timers.ts';
import type { SettingsObserver } from '../settings/follower.ts';
import { HcaEventReporter } from './hca-event-reporter.ts';

/** Drivers load late at boot, and links flap: a shorter state is only logged. */
const settleMs = 60_000;

interface NodeState {
  readonly offers: readonly Offer[];
  readonly hcaProblems: readonly Problem[];
}

/** An Event about a resource. */
type ResourceEvent = Omit<NodeEvent, 'about' | 'closing'> & { readonly remedy: string | null };

/**
 * Decides which Events to post about this node: settings that are applied or rejected, resources without shares, and
 * HCAs that need attention. An Event is for operators of many nodes and reports a change; the log has the details.
 */
export class NodeEventReporter implements SettingsObserver {
  private readonly timers: Timers;
  private readonly hcas: HcaEventReporter;
  private active: ActiveSettings | null = null;
  /** The problems of the rejected settings that were reported last; empty if none are rejected now. */
  private rejection = '';
  /** The problems of the rejected resources that were reported last; empty if none are rejected now. */
  private resourceRejection = '';
  /** The offers without shares available, by resource. */
  private empty = new Map<string, Offer>();
  /** The empty resources for which an Event was posted. */
  private readonly reported = new Set<string>();

  constructor(
    private readonly events: NodeEvents,
    clock: Clock,
  ) {
    this.timers = new Timers(clock);
    this.hcas = new HcaEventReporter(events, clock);
  }

  /** Does not report the settings at startup: in a rollout, every node of the cluster would post an Event. */
  settingsApplied(active: ActiveSettings): void {
    const isChange = this.active !== null && active.generation !== this.active.generation;
    const isReported = isChange || this.rejection !== '';
    this.active = active;
    this.rejection = '';
    if (isReported)
      this.events.post({
        about: 'settings',
        type: 'Normal',
        reason: 'RdmaSettingsApplied',
        message: `Settings applied: ${versionOf(active)}. Resources: ${resourcesOf(active)}.`,
        closing: '',
      });
    this.reportRejectedResources(active);
    // Resources that are still empty under new settings are reported again.
    if (isChange) for (const resource of this.empty.keys()) this.reportLater(resource);
  }

  /** Reports problems of operators only. Other problems concern only this node or its connection to the API server. */
  settingsRejected(problems: readonly Problem[]): void {
    const [first, ...more] = problems.filter(({ actor }) => actor === 'operator');
    const rejection = JSON.stringify(problems);
    if (first === undefined || rejection === this.rejection) return;
    this.rejection = rejection;
    const effect =
      this.active === null
        ? 'Settings rejected; no resources are offered until they are corrected.'
        : `Settings rejected; keeping the previous ones: ${versionOf(this.active)}.`;
    const others = more.length === 0 ? '' : ` More problems in the log: ${more.length}.`;
    this.events.post({
      about: 'settings',
      type: 'Warning',
      reason: 'RdmaSettingsRejected',
      message: `${effect} ${first.message}`,
      closing: `${first.remedy}${others}`,
    });
  }

  /** Reports them at startup too: nothing else shows that a resource is missing. */
  private reportRejectedResources({ rejected }: ActiveSettings): void {
    const [first, ...more] = rejected.flatMap(({ name, problems }) =>
      problems.map(({ message, remedy }) => ({ name, message, remedy })),
    );
    const rejection = JSON.stringify([first, ...more]);
    if (rejection === this.resourceRejection) return;
    this.resourceRejection = rejection;
    if (first === undefined) return;
    const others = more.length === 0 ? '' : ` More problems in the log: ${more.length}.`;
    this.events.post({
      about: 'rejected resources',
      type: 'Warning',
      reason: 'RdmaResourceRejected',
      message: `${first.name} is not offered, because the kubelet would reject it. ${first.message}`,
      closing: `${first.remedy}${others}`,
    });
  }

  /** Takes all current offers, and the problems of all HCAs that need attention. */
  update({ offers, hcaProblems }: NodeState): void {
    this.hcas.update(hcaProblems);
    const before = this.empty;
    const empty = offers.filter(({ emptyReason }) => emptyReason !== null);
    this.empty = new Map(empty.map((offer) => [offer.resource, offer]));
    for (const resource of this.empty.keys()) if (!before.has(resource)) this.reportLater(resource);
    for (const offer of offers) {
      if (offer.emptyReason === null && this.reported.has(offer.resource)) this.reportOffered(offer);
    }
    for (const resource of before.keys()) if (!this.empty.has(resource)) this.forget(resource);
  }

  stop(): void {
    this.timers.stop();
    this.hcas.stop();
    this.events.stop();
  }

  private reportLater(resource: string): void {
    this.timers.set(resource, settleMs, () => this.reportEmpty(resource));
  }

  private forget(resource: string): void {
    this.timers.set(resource, null, () => {});
    this.reported.delete(resource);
  }

  private reportEmpty(resource: string): void {
    const offer = this.empty.get(resource);
    if (offer === undefined || offer.emptyReason === null) return;
    this.reported.add(resource);
    this.postAbout(offer, {
      // Many clusters have nodes without HCAs, and nothing is wrong with them.
      type: offer.emptyReason.kind === 'no-rdma-device' ? 'Normal' : 'Warning',
      reason: 'RdmaResourceEmpty',
      message: describeEmptyResource(resource, offer.emptyReason),
      remedy: emptyReasonRemedy(offer.emptyReason),
    });
  }

  private reportOffered(offer: Offer): void {
    const healthy = countHealthy(offer.shares);
    const hcas = offer.hcas.map(({ name }) => name).join(', ');
    const message = `${offer.resource} has ${healthy} shares available on ${hcas}.`;
    this.postAbout(offer, { type: 'Normal', reason: 'RdmaResourceOffered', message, remedy: null });
  }

  private postAbout({ resource }: Offer, { remedy, ...event }: ResourceEvent): void {
    const version = this.active === null ? null : `Settings: ${versionOf(this.active)}.`;
    const closing = [remedy, version].filter((sentence) => sentence !== null).join(' ');
    this.events.post({ about: resource, ...event, closing });
  }
}

function versionOf({ generation, hash }: ActiveSettings): string {
  return `generation ${generation}, hash ${hash}`;
}

function resourcesOf({ settings }: ActiveSettings): string {
  const names = settings.resources.map(({ name }) => name);
  return names.length === 0 ? 'none' : names.join(', ');
}
