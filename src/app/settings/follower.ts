// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError, createProblem, problemsOf } from '#domain/problem/problem.ts';
import type { ActiveSettings } from '#domain/settings/active-settings.ts';
import { shortHash } from '#domain/text/short-hash.ts';
import type { Clock } from '#ports/clock.ts';
import { type LogFields, type Logger, logProblem } from '#ports/logger.ts';
import { Pause } from '#timing/pause.ts';
import { SingleFlight } from '#timing/single-flight.ts';
import { BoundedStep, unfinished } from '../bounded-step.ts';
import type { InvalidReading, NodeSettingsSource, ValidReading } from './node-settings-source.ts';

/** Receives the result of each reading of the settings. */
export interface SettingsObserver {
  settingsApplied(active: ActiveSettings): void;
  settingsRejected(problems: readonly Problem[]): void;
}

/** The interval between two attempts to read the first settings, if there is no hint. */
const retryMs = 5_000;

/** Follows the settings of this node: applies the newest valid ones, and logs what is wrong with others once. */
export class SettingsFollower {
  private active: ActiveSettings | null = null;
  /** The reading that was logged last, as text: an equal one is not logged again. */
  private lastLogged = '';
  private isRejected = false;
  private requestedByUser = false;
  private stopped = false;
  private stopWatching: (() => void) | null = null;
  private onChange: (active: ActiveSettings) => void = () => {};
  private readonly reads = new SingleFlight(() => this.readAgain());
  private readonly pause: Pause;
  private readonly step: BoundedStep;

  constructor(
    private readonly source: NodeSettingsSource,
    clock: Clock,
    private readonly logger: Logger,
    private readonly observers: readonly SettingsObserver[] = [],
  ) {
    this.pause = new Pause(clock);
    this.step = new BoundedStep(clock, readTimeout, () => this.hinted());
  }

  /**
   * Returns the first settings. Waits for them if the source may have them later. Logs their warnings and
   * rejects with a ProblemError if they are invalid. Null if it was stopped meanwhile.
   */
  async first(): Promise<ActiveSettings | null> {
    for (;;) {
      const reading = await this.read();
      if (this.stopped) return null;
      if (reading.valid) {
        const active = this.apply(reading);
        this.logger.log('info', 'settings applied', fieldsOf(active));
        return active;
      }
      if (!reading.retryable) throw this.failure(reading);
      this.reject(reading, 'waiting for settings');
      this.watch();
      await this.pause.wait(retryMs);
    }
  }

  /** From now on, calls `onChange` with settings that differ from the active ones. */
  follow(onChange: (active: ActiveSettings) => void): void {
    if (this.stopped) return;
    this.onChange = onChange;
    this.watch();
    // The settings may have changed between the first reading and the watch.
    void this.reads.request();
  }

  /** Reads the settings because a user asks for it, and logs the result even if nothing changed. */
  async reload(): Promise<void> {
    this.requestedByUser = true;
    await this.reads.request();
  }

  stop(): void {
    this.stopped = true;
    this.stopWatching?.();
    this.pause.wake();
  }

  private watch(): void {
    this.stopWatching ??= this.source.watch(() => this.hinted());
  }

  private hinted(): void {
    this.pause.wake();
    void this.reads.request();
  }

  private async read(): Promise<ValidReading | InvalidReading> {
    try {
      return await this.step.run(() => this.source.read());
    } catch (error) {
      return { valid: false, retryable: true, problems: problemsOf(error), warnings: [] };
    }
  }

  private async readAgain(): Promise<void> {
    if (this.stopped || this.active === null) return;
    const reading = await this.read();
    if (this.stopped) return;
    const byUser = this.requestedByUser;
    this.requestedByUser = false;
    if (byUser) this.lastLogged = '';
    if (reading.valid) this.applyChange(reading, byUser);
    else this.reject(reading, 'new settings rejected; keeping the previous ones');
  }

  private applyChange(reading: ValidReading, byUser: boolean): void {
    const before = this.active;
    const wasRejected = this.isRejected;
    const active = this.apply(reading);
    if (active !== before) {
      this.logger.log('info', 'new settings applied', fieldsOf(active));
      this.onChange(active);
    } else if (byUser || wasRejected) this.logger.log('info', 'settings unchanged', fieldsOf(active));
  }

  /** Returns the active settings: the same object if the reading changes nothing. */
  private apply({ settings, rejected, nodeEntries, warnings }: ValidReading): ActiveSettings {
    const hash = shortHash(JSON.stringify(settings));
    this.isRejected = false;
    this.logOnce(JSON.stringify(['applied', hash, rejected, warnings]), () => {
      this.logWarnings(warnings);
      for (const { problems } of rejected) for (const problem of problems) logProblem(this.logger, 'error', problem);
    });
    const read = { settings, rejected, nodeEntries };
    if (this.active === null || contentOf(this.active) !== contentOf(read))
      this.active = { ...read, generation: (this.active?.generation ?? 0) + 1, hash };
    for (const observer of this.observers) observer.settingsApplied(this.active);
    return this.active;
  }

  /** Logs the warnings, which the error does not carry: often they say why there are problems. */
  private failure({ problems, warnings }: InvalidReading): ProblemError {
    this.logWarnings(warnings);
    return new ProblemError(problems);
  }

  private reject({ problems, warnings }: InvalidReading, message: string): void {
    for (const observer of this.observers) observer.settingsRejected(problems);
    this.isRejected = true;
    this.logOnce(JSON.stringify(['rejected', problems, warnings]), () => {
      this.logger.log('error', message, { problems: problems.length });
      this.logWarnings(warnings);
      for (const problem of problems) logProblem(this.logger, 'error', problem);
    });
  }

  private logWarnings(warnings: readonly Problem[]): void {
    for (const warning of warnings) logProblem(this.logger, 'warning', warning);
  }

  private logOnce(reading: string, log: () => void): void {
    if (reading !== this.lastLogged) log();
    this.lastLogged = reading;
  }
}

const readTimeout = createProblem('CONFIG_READ_TIMEOUT', {
  subject: 'settings',
  message: `Reading the settings ${unfinished}.`,
  remedy:
    'Check the file system of the settings: a network file system may have lost its server. ' +
    'The settings are read as soon as it answers.',
});

/** What a change of makes a new generation. The places of problems are left out. */
function contentOf({ settings, rejected, nodeEntries }: Omit<ActiveSettings, 'generation' | 'hash'>): string {
  const rejections = rejected.map(({ name, problems }) => [name, problems.map(({ code }) => code)]);
  return JSON.stringify([settings, rejections, nodeEntries]);
}

function fieldsOf({ settings, rejected, nodeEntries, generation, hash }: ActiveSettings): LogFields {
  const resources = settings.resources.map(({ name }) => name);
  return {
    generation,
    hash,
    resources,
    ...(rejected.length === 0 ? {} : { rejected: rejected.map(({ name }) => name) }),
    ...(nodeEntries.length === 0 ? {} : { nodeEntries }),
  };
}
