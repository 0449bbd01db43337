// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import { describeEmptyResource } from '#domain/offer/offer-words.ts';
import type { Offer } from '#domain/offer/offer.ts';
import { byteLength, truncateUtf8 } from '#domain/text/truncate-utf8.ts';
import type { Clock } from '#ports/clock.ts';
import { type NodeEvent, type NodeEvents, longestEventMessage } from '#ports/node-events.ts';
import type { ActiveSettings, SettingsObserver } from './settings-follower.ts';
import { Timers } from '#timing/timers.ts';

/** Drivers come late at a start, and links flap: what lasts for less is for the log. */
const settleMs = 60_000;

/** A resource that has no shares available. `told`: whether an Event has said so. */
interface Empty {
  readonly offer: Offer;
  readonly told: boolean;
}

/**
 * Decides what is told of this node in the cluster: which settings came into force or were refused, and which resources have nothing to give.
 * The log says more; here stands what an operator of many nodes has to see, and it is told when it changes.
 */
export class NodeEventReporter implements SettingsObserver {
  private readonly timers: Timers;
  private applied: ActiveSettings | null = null;
  private refusal = '';
  private empty = new Map<string, Empty>();

  constructor(
    private readonly events: NodeEvents,
    clock: Clock,
  ) {
    this.timers = new Timers(clock);
  }

  /** Settings that were there at the start are no news: every node of a cluster would tell them at each roll-out. */
  settingsApplied(applied: ActiveSettings): void {
    const isChange = this.applied !== null && applied.generation !== this.applied.generation;
    const isNews = isChange || this.refusal !== '';
    this.applied = applied;
    this.refusal = '';
    if (isNews)
      this.tell(
        { about: 'settings', type: 'Normal', reason: 'RdmaSettingsApplied' },
        `Settings applied: ${named(applied)}. Resources: ${resourcesOf(applied)}.`,
      );
    // What is still empty under new settings is worth saying again.
    if (isChange) for (const [resource, { offer }] of this.empty) this.hold(resource, offer);
  }

  /** A way to the settings that fails on this node alone is not told: news would go the same way. */
  settingsRejected(problems: readonly Problem[]): void {
    const [first, ...more] = problems.filter(({ actor }) => actor === 'operator');
    const refusal = JSON.stringify(problems);
    if (first === undefined || refusal === this.refusal) return;
    this.refusal = refusal;
    const stays =
      this.applied === null
        ? 'no resources are offered until they are corrected'
        : `keeping the previous ones: ${named(this.applied)}`;
    const others = more.length === 0 ? '' : ` More problems in the log: ${more.length}.`;
    this.tell(
      { about: 'settings', type: 'Warning', reason: 'RdmaSettingsRejected' },
      `Settings rejected; ${stays}. ${first.message}`,
      ` ${first.remedy}${others}`,
    );
  }

  /** Takes the whole present list of offers. */
  update(offers: readonly Offer[]): void {
    const before = this.empty;
    this.empty = new Map();
    for (const offer of offers) {
      const known = before.get(offer.resource);
      if (offer.emptyReason === null) this.end(offer, known);
      else if (known === undefined) this.hold(offer.resource, offer);
      else this.empty.set(offer.resource, { ...known, offer });
    }
    for (const resource of before.keys()) if (!this.empty.has(resource)) this.timers.set(resource, null, () => {});
  }

  stop(): void {
    this.timers.stop();
    this.events.stop();
  }

  private hold(resource: string, offer: Offer): void {
    this.empty.set(resource, { offer, told: this.empty.get(resource)?.told ?? false });
    this.timers.set(resource, settleMs, () => this.tellEmpty(resource));
  }

  private tellEmpty(resource: string): void {
    const offer = this.empty.get(resource)?.offer;
    if (offer === undefined || offer.emptyReason === null) return;
    this.empty.set(resource, { offer, told: true });
    // In many clusters there are nodes without HCAs, and that is no fault of theirs.
    const type = offer.emptyReason.kind === 'no-rdma-device' ? 'Normal' : 'Warning';
    this.tell(
      { about: resource, type, reason: 'RdmaResourceEmpty' },
      describeEmptyResource(resource, offer.emptyReason),
      this.settingsClause(),
    );
  }

  private end(offer: Offer, known: Empty | undefined): void {
    if (known?.told !== true) return;
    const healthy = offer.shares.filter((share) => share.healthy).length;
    const hcas = offer.hcas.map(({ name }) => name).join(', ');
    this.tell(
      { about: offer.resource, type: 'Normal', reason: 'RdmaResourceOffered' },
      `${offer.resource} has ${healthy} shares available on ${hcas}.`,
      this.settingsClause(),
    );
  }

  private settingsClause(): string {
    return this.applied === null ? '' : ` Settings: ${named(this.applied)}.`;
  }

  /** The end of a message is what helps, so that the beginning is cut where both do not fit. */
  private tell(event: Omit<NodeEvent, 'message'>, beginning: string, end = ''): void {
    const tail = truncateUtf8(end, longestEventMessage / 2);
    this.events.post({
      ...event,
      message: `${truncateUtf8(beginning, longestEventMessage - byteLength(tail))}${tail}`,
    });
  }
}

function named({ generation, hash }: ActiveSettings): string {
  return `generation ${generation}, hash ${hash}`;
}

function resourcesOf({ settings }: ActiveSettings): string {
  const names = settings.resources.map(({ name }) => name);
  return names.length === 0 ? 'none' : names.join(', ');
}
