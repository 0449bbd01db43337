// SPDX-License-Identifier: Apache-2.0
import type { Settings } from '#domain/settings/settings.ts';
import type { Clock } from '#ports/clock.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import { Timers } from '#timing/timers.ts';
import { extraNodePatterns } from './steps.ts';
import { SwitchedWatch } from './switched-watch.ts';

export interface HostWatchParts {
  readonly hints: HcaChangeHints;
  readonly extraNodes: ExtraNodes;
  readonly clock: Clock;
}

/** Calls `onChange` when the plan may change: after hints, periodically, and when time alone changes it. */
export class HostWatch {
  private readonly hcas = new SwitchedWatch();
  private readonly links = new SwitchedWatch();
  private readonly extraNodes = new SwitchedWatch();
  private readonly timers: Timers;

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
