// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import type { Inventory } from '#domain/hca/hca.ts';
import { type Problem, messageOf } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import type { Logger } from '#ports/logger.ts';
import type { Observer, ScanResult } from '#ports/observer.ts';
import { BackOff } from '#timing/back-off.ts';
import { withDeadline } from '#timing/deadline.ts';
import { Debounce } from '#timing/debounce.ts';
import { Timers } from '#timing/timers.ts';
import { deepFreeze } from '../deep-freeze.ts';
import { type ScanOutcome, type ScanReply, isHint, readScanReply, scanReplyOf } from './answer.ts';
import { moduleFailed, moduleTimeout } from './problems.ts';
import type { ModuleOptions, ModuleProcess, StartModule } from './process.ts';

/** A module without an answer for this long is reported, unless an earlier answer is still valid. */
const lateMs = 2_000;
/** How long a module may take to answer before its process is ended. */
const deadlineMs = 60_000;
/** For how long the last valid answer stands. */
export const validMs = 300_000;
/** A module is asked again after this time at the latest, also if the settings ask for no periodic scans. */
const refreshMs = 120_000;
const hintDelayMs = 200;
const restarts = { firstMs: 1_000, longestMs: 60_000, jitter: 0 };

const watchKinds = ['watch', 'watchLinks'] as const;
type WatchKind = (typeof watchKinds)[number];

export interface GuardedModuleParts {
  readonly specifier: string;
  readonly options: ModuleOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: Observer;
  readonly start: StartModule;
  /** How long a scan waits for its answer. 0 in the daemon, whose other HCAs do not wait for a module. */
  readonly patienceMs: number;
}

/** A scan that has begun. */
interface Scan {
  readonly id: number;
  readonly beganAt: number;
  readonly finished: Promise<void>;
  readonly finish: () => void;
  isLate: boolean;
}

/**
 * A third-party discovery module. Whatever it does, it affects its own HCAs only. It scans in the background: `scan`
 * returns the last valid answer, and a hint follows if the next one differs. Without a valid answer, the inventory is
 * partial, with a problem that names the module if it failed or is late.
 */
export class GuardedModule implements HcaDiscovery, HcaChangeHints {
  private process: ModuleProcess | null = null;
  private current: Scan | null = null;
  private valid: { readonly inventory: Inventory; readonly at: number } | null = null;
  /** Why the last scan that has ended gave no valid answer. */
  private failures: readonly Problem[] = [];
  /** How many scans wait for the answer, and so need no hint at it. */
  private waiting = 0;
  private lastId = 0;
  private lastBeganAt = Number.NEGATIVE_INFINITY;
  private startNotBefore = Number.NEGATIVE_INFINITY;
  private readonly timers: Timers;
  private readonly restarts = new BackOff(restarts, () => 0);
  private readonly hints: Record<WatchKind, Set<Debounce>> = { watch: new Set(), watchLinks: new Set() };

  constructor(private readonly parts: GuardedModuleParts) {
    this.timers = new Timers(parts.clock);
  }

  async scan(): Promise<Inventory> {
    const { patienceMs, clock } = this.parts;
    this.begin();
    const { current } = this;
    if (patienceMs > 0 && current !== null) {
      this.waiting += 1;
      await withDeadline(clock, patienceMs, current.finished, () => {});
      this.waiting -= 1;
    }
    return this.view();
  }

  watch(onHint: () => void): () => void {
    return this.addWatch('watch', onHint);
  }

  watchLinks(onHint: () => void): () => void {
    return this.addWatch('watchLinks', onHint);
  }

  private addWatch(kind: WatchKind, onHint: () => void): () => void {
    const hints = this.hints[kind];
    const hint = new Debounce(this.parts.clock, hintDelayMs, onHint);
    hints.add(hint);
    if (hints.size === 1) this.process?.post({ ask: kind });
    return () => {
      hint.stop();
      if (!hints.delete(hint) || hints.size > 0) return;
      if (watchKinds.every((each) => this.hints[each].size === 0)) this.rest();
      else this.process?.post({ ask: kind === 'watch' ? 'unwatch' : 'unwatchLinks' });
    };
  }

  /** Nobody watches any more: the daemon stops. A later scan starts everything again. */
  private rest(): void {
    this.process?.end();
    this.process = null;
    this.current?.finish();
    this.current = null;
    for (const timer of ['late', 'deadline', 'refresh', 'expiry', 'restart', 'again'])
      this.timers.set(timer, null, () => {});
  }

  private hint(): void {
    for (const kind of watchKinds) for (const hint of this.hints[kind]) hint.trigger();
  }

  private hintUnlessEqual(before: Inventory): void {
    if (this.waiting === 0 && !isDeepStrictEqual(this.view(), before)) this.hint();
  }

  private view(): Inventory {
    const { valid, current, failures } = this;
    if (valid !== null && this.parts.clock.now() - valid.at < validMs)
      return deepFreeze({ ...valid.inventory, problems: [...valid.inventory.problems, ...failures] });
    const late = current?.isLate === true && failures.length === 0 ? [this.timeout()] : [];
    return deepFreeze({ hcas: [], netnsMode: null, problems: [...failures, ...late], isPartial: true });
  }

  /** Begins a scan, unless one is under way, or the process ended a moment ago. */
  private begin(): void {
    const { clock } = this.parts;
    if (this.current !== null) return;
    if (this.process === null && clock.now() < this.startNotBefore) return;
    this.current = newScan((this.lastId += 1), clock.now());
    this.lastBeganAt = clock.now();
    this.timers.set('late', lateMs, () => this.late());
    this.timers.set('deadline', deadlineMs, () => this.ended('timeout', [this.timeout()]));
    this.timers.set('refresh', refreshMs, () => this.begin());
    try {
      this.process ??= this.startProcess();
      this.process.post({ ask: 'scan', id: this.current.id });
    } catch (error) {
      this.processEnded(messageOf(error));
    }
  }

  private startProcess(): ModuleProcess {
    const { specifier, options, start } = this.parts;
    let started: ModuleProcess | null = null;
    started = start(specifier, options, {
      onMessage: (message) => this.receive(message),
      onEnd: (cause) => {
        if (started === null || started === this.process) this.processEnded(cause);
      },
    });
    for (const kind of watchKinds) if (this.hints[kind].size > 0) started.post({ ask: kind });
    return started;
  }

  private receive(message: unknown): void {
    const reply = scanReplyOf(message);
    if (isHint(message)) this.moduleHinted();
    else if (reply !== null && reply.id === this.current?.id) this.answered(reply);
  }

  /**
   * A module that sees a change is asked at once, but not more often than five times a second: until the hint is taken,
   * it gives no other.
   */
  private moduleHinted(): void {
    const delayMs = this.lastBeganAt + hintDelayMs - this.parts.clock.now();
    if (this.current !== null || delayMs > 0)
      return this.timers.set('again', Math.max(delayMs, hintDelayMs / 10), () => this.moduleHinted());
    this.process?.post({ ask: 'hintTaken' });
    this.begin();
  }

  private answered(reply: ScanReply): void {
    const outcome = readScanReply(this.parts.specifier, reply);
    this.logStack(outcome);
    const { inventory } = outcome;
    if (inventory === null) return this.ended(outcome.result, outcome.problems, outcome.isLoaded);
    const before = this.view();
    this.valid = { inventory, at: this.parts.clock.now() };
    this.failures = [];
    this.restarts.reset();
    this.timers.set('expiry', validMs, () => this.hint());
    this.finish('success', inventory.hcas.length);
    this.hintUnlessEqual(before);
  }

  /** The scan gave no valid answer. `keepsProcess`: whether the process can be asked again. */
  private ended(result: ScanResult, problems: readonly Problem[], keepsProcess = false): void {
    const before = this.view();
    this.failures = problems;
    if (!keepsProcess) this.dropProcess();
    this.finish(result, 0);
    this.hintUnlessEqual(before);
  }

  private processEnded(cause: string): void {
    const problem = moduleFailed(this.parts.specifier, 'scan', cause);
    this.logStack({ stack: cause.includes('\n') ? cause : null });
    this.process = null;
    this.ended('error', [problem]);
  }

  /** It is started again after a delay that grows, also if nobody asks. */
  private dropProcess(): void {
    const { process } = this;
    this.process = null;
    process?.end();
    const delayMs = this.restarts.next();
    this.startNotBefore = this.parts.clock.now() + delayMs;
    this.timers.set('restart', delayMs, () => this.begin());
  }

  private late(): void {
    if (this.current === null) return;
    this.current.isLate = true;
    this.record('timeout', 0);
    if (this.valid === null) this.hint();
  }

  private finish(result: ScanResult, hcas: number): void {
    const scan = this.current;
    if (scan === null) return;
    if (!(scan.isLate && result === 'timeout')) this.record(result, hcas);
    this.current = null;
    for (const timer of ['late', 'deadline']) this.timers.set(timer, null, () => {});
    scan.finish();
  }

  private record(result: ScanResult, hcas: number): void {
    const { specifier, observer, clock } = this.parts;
    const seconds = (clock.now() - (this.current?.beganAt ?? clock.now())) / 1_000;
    observer.scanFinished({ discovery: specifier, result, seconds, hcas });
  }

  private logStack({ stack }: Pick<ScanOutcome, 'stack'>): void {
    if (stack !== null)
      this.parts.logger.log('debug', 'discovery module failed', { module: this.parts.specifier, stack });
  }

  private timeout(): Problem {
    return moduleTimeout(this.parts.specifier, lateMs);
  }
}

function newScan(id: number, beganAt: number): Scan {
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { id, beganAt, finished, finish: () => finish(), isLate: false };
}
