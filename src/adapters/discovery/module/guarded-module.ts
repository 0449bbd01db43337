// SPDX-License-Identifier: Apache-2.0
import { type Problem, messageOf } from '#domain/problem/problem.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import type { Cancel, Clock } from '#ports/clock.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import { Debounce } from '#timing/debounce.ts';
import { deepFreeze } from '../deep-freeze.ts';
import { AnswerField, WrongAnswer } from './answer-field.ts';
import { readModuleInventory, readProblem } from './inventory.ts';
import { moduleAnswerWrong, moduleFailed, moduleSlow } from './problems.ts';
import type { ModuleOptions, ModuleThread, StartModule } from './thread.ts';

/** How long a scan of all waits for one module. */
const waitMs = 2_000;
/** When a module that does not answer is ended, to be started anew at the next scan. */
const giveUpMs = 60_000;
/** How long an answer that came late stands for the present. */
const freshMs = 5_000;
const hintMs = 200;

type WatchKind = 'watch' | 'watchLinks';

/** A scan that has begun. `done` never rejects. */
interface Run {
  readonly id: number;
  readonly done: Promise<Inventory>;
  readonly finish: (inventory: Inventory) => void;
  /** Whether a scan of all has gone on without it. */
  late: boolean;
}

export interface GuardedModuleParts {
  readonly specifier: string;
  readonly options: ModuleOptions;
  readonly clock: Clock;
  readonly start: StartModule;
}

/**
 * A discovery module from outside, which may do anything: here it costs no more than its own HCAs. A scan never rejects and
 * takes 2 s at most; where there is no good answer, it has no HCAs and a problem that names the module. A scan that goes on
 * is not begun again: its answer is taken when it comes, and hinted at. Nothing runs before the first scan.
 */
export class GuardedModule implements HcaDiscovery, HcaChangeHints {
  private thread: ModuleThread | null = null;
  private run: Run | null = null;
  private late: { readonly inventory: Inventory; readonly at: number } | null = null;
  private lastId = 0;
  private giveUp: Cancel = () => {};
  private readonly watchers: Record<WatchKind, Set<Debounce>> = { watch: new Set(), watchLinks: new Set() };

  constructor(private readonly parts: GuardedModuleParts) {}

  get specifier(): string {
    return this.parts.specifier;
  }

  async scan(): Promise<Inventory> {
    const late = this.takeLate();
    if (late !== null) return late;
    const run = this.run ?? this.begin();
    if (run.late) return this.slow();
    let cancel: Cancel = () => {};
    const waited = new Promise<Inventory>((resolve) => {
      cancel = this.parts.clock.after(waitMs, () => {
        run.late = true;
        resolve(this.slow());
      });
    });
    return await Promise.race([run.done, waited]).finally(() => cancel());
  }

  watch(onHint: () => void): () => void {
    return this.add('watch', onHint);
  }

  watchLinks(onHint: () => void): () => void {
    return this.add('watchLinks', onHint);
  }

  private add(kind: WatchKind, onHint: () => void): () => void {
    const hint = new Debounce(this.parts.clock, hintMs, onHint);
    this.watchers[kind].add(hint);
    if (this.watchers[kind].size === 1) this.thread?.post({ ask: kind });
    return () => {
      hint.stop();
      const gone = this.watchers[kind].delete(hint) && this.watchers[kind].size === 0;
      if (gone) this.thread?.post({ ask: kind === 'watch' ? 'unwatch' : 'unwatchLinks' });
    };
  }

  private hint(): void {
    for (const watchers of Object.values(this.watchers)) for (const hint of watchers) hint.trigger();
  }

  private begin(): Run {
    const id = (this.lastId += 1);
    let finish: Run['finish'] = () => {};
    const done = new Promise<Inventory>((resolve) => {
      finish = resolve;
    });
    const run: Run = { id, done, finish, late: false };
    this.run = run;
    this.giveUp = this.parts.clock.after(giveUpMs, () => this.abandon());
    try {
      this.thread ??= this.startThread();
      this.thread.post({ ask: 'scan', id });
    } catch (error) {
      this.ended(messageOf(error));
    }
    return run;
  }

  private startThread(): ModuleThread {
    const { specifier, options, start } = this.parts;
    let own: ModuleThread | null = null;
    own = start(specifier, options, {
      onMessage: (message) => this.hear(message),
      onEnd: (cause) => {
        if (own === this.thread) this.ended(cause);
      },
    });
    for (const kind of ['watch', 'watchLinks'] as const) if (this.watchers[kind].size > 0) own.post({ ask: kind });
    return own;
  }

  private hear(message: unknown): void {
    const said = new Map<string, unknown>(
      typeof message === 'object' && message !== null ? Object.entries(message) : [],
    );
    if (said.get('hint') === true) this.hint();
    else if (this.run !== null && said.get('id') === this.run.id) this.finish(this.judge(said));
  }

  private judge(said: ReadonlyMap<string, unknown>): Inventory {
    const { specifier } = this.parts;
    try {
      if (!said.has('failure')) return readModuleInventory(said.get('answer'));
      // What has not even been loaded is begun again from the file, which may have been mended.
      const failure = this.readFailure(said.get('failure'));
      if (failure.reload) this.dropThread();
      return without(...failure.problems);
    } catch (error) {
      if (error instanceof WrongAnswer) return without(moduleAnswerWrong(specifier, error.message));
      throw error;
    }
  }

  private readFailure(failure: unknown): { readonly problems: readonly Problem[]; readonly reload: boolean } {
    const at = new AnswerField(failure, 'failure').object();
    const step = at.get('step').oneOf(['import', 'createDiscovery', 'scan']);
    const named = moduleFailed(this.parts.specifier, step, at.get('message').text({ form: /^/, allowed: 'a text' }));
    return { problems: [named, ...ownProblems(at.get('problems'))], reload: step !== 'scan' };
  }

  /** The thread is no more. Where no scan was running, the next one begins another. */
  private ended(cause: string): void {
    this.thread = null;
    if (this.run !== null) this.finish(without(moduleFailed(this.parts.specifier, 'scan', cause)));
    else this.hint();
  }

  private abandon(): void {
    this.dropThread();
    this.finish(this.slow());
  }

  private dropThread(): void {
    const { thread } = this;
    this.thread = null;
    thread?.end();
  }

  private finish(inventory: Inventory): void {
    const { run } = this;
    this.run = null;
    this.giveUp();
    if (run?.late === true) {
      this.late = { inventory, at: this.parts.clock.now() };
      this.hint();
    }
    run?.finish(inventory);
  }

  private takeLate(): Inventory | null {
    const { late } = this;
    this.late = null;
    return late !== null && this.parts.clock.now() - late.at <= freshMs ? late.inventory : null;
  }

  private slow(): Inventory {
    return without(moduleSlow(this.parts.specifier, waitMs));
  }
}

function without(...problems: readonly Problem[]): Inventory {
  return deepFreeze({ hcas: [], netnsMode: null, problems: [...problems] });
}

/** What an error of a module says by itself, where it says it in our form. */
function ownProblems(field: AnswerField): readonly Problem[] {
  try {
    return field.listOrEmpty(readProblem);
  } catch (error) {
    if (error instanceof WrongAnswer) return [];
    throw error;
  }
}
