// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError } from '#domain/problem/problem.ts';
import type { Settings } from '#domain/settings/settings.ts';
import { shortHash } from '#domain/text/short-hash.ts';
import type { Cancel, Clock } from '#ports/clock.ts';
import { type LogFields, type Logger, logProblem } from '#ports/logger.ts';
import type { NodeReading, NodeSettingsSource } from './node-settings-source.ts';

/**
 * Which settings applied, and which entries of `nodes` in their document made them so. `generation` counts from 1 in the
 * life of this process; `hash` is the same for the same settings, on whatever node.
 */
export interface ActiveSettings {
  readonly settings: Settings;
  readonly nodeEntries: readonly string[];
  readonly generation: number;
  readonly hash: string;
}

/** Who is to know, beside the log, what becomes of settings; it is told of each reading. */
export interface SettingsObserver {
  settingsApplied(applied: ActiveSettings): void;
  settingsRejected(problems: readonly Problem[]): void;
}

type Refusal = NodeReading & { readonly valid: false };

/** Between two looks for settings that have never been there yet, when no hint comes. */
const waitMs = 5_000;

/**
 * Follows a source of settings: the newest good ones are in force, and what is wrong with others is told once. One
 * reading runs at a time, and any number of wishes during it make one more, so that the last one read is the newest.
 */
export class SettingsFollower {
  private current: ActiveSettings | null = null;
  private told = '';
  private reading: Promise<void> | null = null;
  private again = false;
  private askedByPerson = false;
  private stopped = false;
  private stopWatching: (() => void) | null = null;
  private wake: () => void = () => {};

  constructor(
    private readonly source: NodeSettingsSource,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly witness: SettingsObserver | null = null,
  ) {}

  /**
   * The first settings. Waits for them where the source says that they may come, and rejects with a ProblemError where they
   * are wrong. Null when it was stopped meanwhile.
   */
  async first(): Promise<ActiveSettings | null> {
    for (;;) {
      const reading = await this.source.read();
      if (this.stopped) return null;
      if (reading.valid) {
        const applied = this.apply(reading);
        this.logger.log('info', 'settings applied', described(applied));
        return applied;
      }
      if (!reading.retryable) throw new ProblemError(reading.problems);
      this.tell(reading, 'waiting for settings');
      await this.pause();
    }
  }

  /** Calls `onNew` for settings that differ from those in force, from now on. */
  follow(onNew: (applied: ActiveSettings) => void): void {
    if (this.stopped) return;
    this.onNew = onNew;
    this.watch();
    // What changed between the first reading and the watch was seen by neither.
    void this.readAgain();
  }

  /** Reads again because a person asks for it, who is told the outcome in any case. */
  async reload(): Promise<void> {
    this.askedByPerson = true;
    await this.readAgain();
  }

  stop(): void {
    this.stopped = true;
    this.stopWatching?.();
    this.wake();
  }

  private onNew: (applied: ActiveSettings) => void = () => {};

  private watch(): void {
    this.stopWatching ??= this.source.watch(() => {
      this.wake();
      if (this.current !== null) void this.readAgain();
    });
  }

  private async readAgain(): Promise<void> {
    this.again = true;
    this.reading ??= this.readAll().finally(() => {
      this.reading = null;
    });
    await this.reading;
  }

  private async readAll(): Promise<void> {
    while (this.again && !this.stopped && this.current !== null) {
      this.again = false;
      const reading = await this.source.read();
      const asked = this.askedByPerson;
      this.askedByPerson = false;
      if (this.stopped) return;
      if (asked) this.told = '';
      if (reading.valid) this.take(reading, asked);
      else this.tell(reading, 'new settings rejected; keeping the previous ones');
    }
  }

  private take(reading: NodeReading & { readonly valid: true }, asked: boolean): void {
    const before = this.current;
    const wereRefused = this.told.startsWith('bad ');
    const applied = this.apply(reading);
    if (applied === before) {
      if (asked || wereRefused) this.logger.log('info', 'settings unchanged', described(applied));
      return;
    }
    this.logger.log('info', 'new settings applied', described(applied));
    this.onNew(applied);
  }

  private apply(reading: NodeReading & { readonly valid: true }): ActiveSettings {
    const { settings, nodeEntries } = reading;
    const hash = shortHash(JSON.stringify(settings));
    this.logOnce(`good ${hash} ${JSON.stringify(reading.warnings)}`, () => {
      for (const warning of reading.warnings) logProblem(this.logger, 'warning', warning);
    });
    if (
      this.current === null ||
      JSON.stringify([this.current.settings, this.current.nodeEntries]) !== JSON.stringify([settings, nodeEntries])
    ) {
      this.current = { settings, nodeEntries, generation: (this.current?.generation ?? 0) + 1, hash };
    }
    this.witness?.settingsApplied(this.current);
    return this.current;
  }

  private tell(refusal: Refusal, headline: string): void {
    this.witness?.settingsRejected(refusal.problems);
    this.logOnce(`bad ${JSON.stringify(refusal.problems)}`, () => {
      this.logger.log('error', headline, { problems: refusal.problems.length });
      for (const warning of refusal.warnings) logProblem(this.logger, 'warning', warning);
      for (const problem of refusal.problems) logProblem(this.logger, 'error', problem);
    });
  }

  private logOnce(what: string, say: () => void): void {
    if (this.told === what) return;
    this.told = what;
    say();
  }

  /** Waits for a hint, the end, or a while. */
  private async pause(): Promise<void> {
    let cancel: Cancel = () => {};
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      cancel = this.clock.after(waitMs, resolve);
      this.watch();
    });
    cancel();
  }
}

function described({ settings, nodeEntries, generation, hash }: ActiveSettings): LogFields {
  const resources = settings.resources.map(({ name }) => name);
  return { generation, hash, resources, ...(nodeEntries.length === 0 ? {} : { nodeEntries }) };
}
