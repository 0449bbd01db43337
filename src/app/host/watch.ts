// SPDX-License-Identifier: Apache-2.0
import type { Settings } from '#domain/settings/settings.ts';
import type { Clock } from '#ports/clock.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import { BackOff } from '#timing/back-off.ts';
import { Timers } from '#timing/timers.ts';
import { extraNodePatterns } from './steps.ts';
import { SwitchedWatch } from './switched-watch.ts';

export interface HostWatchParts {
  readonly hints: HcaChangeHints;
  readonly extraNodes: ExtraNodes;
  readonly clock: Clock;
}

/** What fails is retried even if the settings ask for no periodic scans. The host is this node's own: no jitter. */
const retries = { firstMs: 1_000, longestMs: 60_000, jitter: 0 };

/**
 * Calls `onChange` when the plan may change: after hints, periodically, when time alone changes it, and to retry what
 * failed.
 */
export class HostWatch {
  private readonly hcas = new SwitchedWatch();
  private readonly links = new SwitchedWatch();
  private readonly extraNodes = new SwitchedWatch();
  private readonly timers: Timers;
  private readonly backOff = new BackOff(retries, () => 0);

  constructor(
    private readonly parts: HostWatchParts,
    private readonly onChange: () => void,
  ) {
    this.timers = new Timers(parts.clock);
  }

  /** Watches what these settings need, and stops watching what they do not. */
  follow(settings: Settings): void {
    const { hints, extraNodes } = this.parts;
    const needsLinks = settings.resources.some(({ health }) => health.linkDown === 'unhealthy');
    const patterns = extraNodePatterns(settings);
    this.hcas.set('hcas', () => hints.watch(this.onChange));
    this.links.set(needsLinks ? 'links' : null, () => hints.watchLinks(this.onChange));
    this.extraNodes.set(patterns.length === 0 ? null : JSON.stringify(patterns), () =>
      extraNodes.watch(patterns, this.onChange),
    );
    this.scanEvery(settings.periodicUpdateInterval);
  }

  /** Calls `onChange` at the time when time alone changes the plan; null if it never does. */
  planAt(time: number | null): void {
    this.timers.set('plan', time === null ? null : time - this.parts.clock.now(), this.onChange);
  }

  /** Calls `onChange` after a delay unless the round was complete. The delay doubles while rounds are incomplete. */
  roundEnded(isComplete: boolean): void {
    if (isComplete) this.backOff.reset();
    this.timers.set('retry', isComplete ? null : this.backOff.next(), this.onChange);
  }

  stop(): void {
    this.timers.stop();
    for (const watch of [this.links, this.extraNodes, this.hcas]) watch.stop();
  }

  private scanEvery(seconds: number): void {
    this.timers.set('scan', seconds === 0 ? null : seconds * 1000, () => {
      this.onChange();
      this.scanEvery(seconds);
    });
  }
}
