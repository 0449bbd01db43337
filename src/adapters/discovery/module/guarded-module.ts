// SPDX-License-Identifier: Apache-2.0
import type { Inventory } from '#domain/hca/hca.ts';
import { messageOf } from '#domain/problem/problem.ts';
import type { Cancel, Clock } from '#ports/clock.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import { withDeadline } from '#timing/deadline.ts';
import { Debounce } from '#timing/debounce.ts';
import { type ScanResult, emptyInventory, isHint, readScanResult, scanResultOf } from './answer.ts';
import { moduleFailed, moduleTimeout } from './problems.ts';
import type { ModuleOptions, ModuleThread, StartModule } from './thread.ts';

/** How long a scan of the host waits for one module. */
const scanDeadlineMs = 2_000;
/** How long a module may take to answer before its thread is ended, to be restarted at the next scan. */
const threadDeadlineMs = 60_000;
/** How long a late answer is valid. */
const lateAnswerMs = 5_000;
const hintDelayMs = 200;

const watchKinds = ['watch', 'watchLinks'] as const;
type WatchKind = (typeof watchKinds)[number];

/** A scan that has begun. `done` never rejects. */
interface Scan {
  readonly id: number;
  readonly done: Promise<Inventory>;
  readonly finish: (inventory: Inventory) => void;
  /** Whether the deadline has passed. */
  isLate: boolean;
}

export interface GuardedModuleParts {
  readonly specifier: string;
  readonly options: ModuleOptions;
  readonly clock: Clock;
  readonly start: StartModule;
}

/**
 * A third-party discovery module. Whatever it does, it affects its own HCAs only. A scan never rejects and takes at
 * most 2 s; without a valid answer, the inventory has no HCAs and a problem that names the module. While a scan is
 * under way, no other begins: a late answer gives a hint and is used by the next scan. Nothing runs before the first
 * scan.
 */
export class GuardedModule implements HcaDiscovery, HcaChangeHints {
  private thread: ModuleThread | null = null;
  private current: Scan | null = null;
  private lateAnswer: { readonly inventory: Inventory; readonly at: number } | null = null;
  private lastId = 0;
  private cancelThreadDeadline: Cancel = () => {};
  private readonly hints: Record<WatchKind, Set<Debounce>> = { watch: new Set(), watchLinks: new Set() };

  constructor(private readonly parts: GuardedModuleParts) {}

  async scan(): Promise<Inventory> {
    const lateAnswer = this.takeLateAnswer();
    if (lateAnswer !== null) return lateAnswer;
    const scan = this.current ?? this.begin();
    if (scan.isLate) return this.timeout();
    return await withDeadline(this.parts.clock, scanDeadlineMs, scan.done, () => {
      scan.isLate = true;
      return this.timeout();
    });
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
    if (hints.size === 1) this.thread?.post({ ask: kind });
    return () => {
      hint.stop();
      if (hints.delete(hint) && hints.size === 0)
        this.thread?.post({ ask: kind === 'watch' ? 'unwatch' : 'unwatchLinks' });
    };
  }

  private hint(): void {
    for (const kind of watchKinds) for (const hint of this.hints[kind]) hint.trigger();
  }

  private begin(): Scan {
    const id = (this.lastId += 1);
    let finish: Scan['finish'] = () => {};
    const done = new Promise<Inventory>((resolve) => {
      finish = resolve;
    });
    const scan: Scan = { id, done, finish, isLate: false };
    this.current = scan;
    this.cancelThreadDeadline = this.parts.clock.after(threadDeadlineMs, () => {
      this.dropThread();
      this.finish(this.timeout());
    });
    try {
      this.thread ??= this.startThread();
      this.thread.post({ ask: 'scan', id });
    } catch (error) {
      this.threadEnded(messageOf(error));
    }
    return scan;
  }

  private startThread(): ModuleThread {
    const { specifier, options, start } = this.parts;
    let started: ModuleThread | null = null;
    started = start(specifier, options, {
      onMessage: (message) => this.receive(message),
      onEnd: (cause) => {
        if (started === this.thread) this.threadEnded(cause);
      },
    });
    for (const kind of watchKinds) if (this.hints[kind].size > 0) started.post({ ask: kind });
    return started;
  }

  private receive(message: unknown): void {
    const result = scanResultOf(message);
    if (isHint(message)) this.hint();
    else if (result !== null && result.id === this.current?.id) this.finish(this.inventoryOf(result));
  }

  private inventoryOf(result: ScanResult): Inventory {
    const { inventory, notLoaded } = readScanResult(this.parts.specifier, result);
    if (notLoaded) this.dropThread();
    return inventory;
  }

  /** The next scan starts another thread. */
  private threadEnded(cause: string): void {
    this.thread = null;
    if (this.current !== null) this.finish(emptyInventory(moduleFailed(this.parts.specifier, 'scan', cause)));
    else this.hint();
  }

  private dropThread(): void {
    const { thread } = this;
    this.thread = null;
    thread?.end();
  }

  private finish(inventory: Inventory): void {
    const scan = this.current;
    this.current = null;
    this.cancelThreadDeadline();
    if (scan?.isLate === true) {
      this.lateAnswer = { inventory, at: this.parts.clock.now() };
      this.hint();
    }
    scan?.finish(inventory);
  }

  private takeLateAnswer(): Inventory | null {
    const { lateAnswer } = this;
    this.lateAnswer = null;
    const isValid = lateAnswer !== null && this.parts.clock.now() - lateAnswer.at <= lateAnswerMs;
    return isValid ? lateAnswer.inventory : null;
  }

  private timeout(): Inventory {
    return emptyInventory(moduleTimeout(this.parts.specifier, scanDeadlineMs));
  }
}
