// SPDX-License-Identifier: Apache-2.0
import { seededRandom } from '#adapters/fake-kubelet/device-manager/random-choice.ts';
import { apiFaults } from './api-faults.ts';
import type { Capabilities } from './capabilities.ts';
import { Dice } from './dice.ts';
import type { Fault, Played } from './fault.ts';
import { anyHca, hostFaults } from './host-faults.ts';
import { Inspection } from './inspection.ts';
import { anyLife, kubeletFaults } from './kubelet-faults.ts';
import { placeFaults } from './place-faults.ts';
import { anyStart, processFaults, startWords } from './process-faults.ts';
import { anySettings, settingsFaults } from './settings-faults.ts';
import { writingWays } from './settings-stage.ts';
import { type StartShape, TestedNode } from './tested-node.ts';

const allFaults: readonly Fault[] = [
  ...kubeletFaults,
  ...hostFaults,
  ...settingsFaults,
  ...apiFaults,
  ...placeFaults,
  ...processFaults,
];

/** Far above what a recovery takes, which is within a second or two; the slowest is a Register that gets no stream, 3 s. */
const usualBoundMs = 15_000;
/** Between two looks where the kubelet tells of no change: descriptors and files change without its knowledge. */
const lookMs = 25;
const stopMs = 2_000;

export interface CampaignPlan {
  readonly seed: number;
  readonly faults: number;
  /** The built program. */
  readonly program: string;
  /** The path of jumping-clock.cjs. */
  readonly jumpingClock: string;
  /** Whether faults that take 10 s and more to get over are among them. */
  readonly slow: boolean;
  /** How long a recovery may take, save from the slow faults. */
  readonly boundMs?: number;
  /** Faults whose names contain one of these words are left out. */
  readonly without?: readonly string[];
  /** Where it is not left to the dice. */
  readonly host?: 'sysfs' | 'fake';
  readonly settings?: 'file' | 'api';
  readonly start?: Partial<StartShape>;
  readonly onProgress?: (played: number) => void;
}

export interface CampaignResult {
  readonly played: number;
  /** How often each fault was played. */
  readonly counts: Readonly<Record<string, number>>;
  /** The slowest recovery, and what it was from. */
  readonly slowest: { readonly ms: number; readonly told: string };
  readonly residentMiB: number;
}

/** Plays faults and looks after each few of them; rejects with everything that is needed to see why, and to replay it. */
export class Campaign {
  private readonly dice: Dice;
  private readonly node: TestedNode;
  private readonly inspection: Inspection;
  private readonly told: string[] = [];
  private readonly counts = new Map<string, number>();
  private readonly held = new Map<Fault, Played>();
  private readonly boundMs: number;
  private slowest = { ms: 0, told: '' };

  constructor(
    private readonly plan: CampaignPlan,
    can: Capabilities,
  ) {
    this.dice = new Dice(plan.seed);
    this.boundMs = plan.boundMs ?? usualBoundMs;
    const host = this.dice.one(['sysfs', 'sysfs', 'fake'] as const);
    const settings = this.dice.one(['file', 'file', 'api'] as const);
    this.node = new TestedNode(
      plan.program,
      plan.jumpingClock,
      can,
      { host: plan.host ?? host, settings: plan.settings ?? settings },
      seededRandom(plan.seed + 1),
    );
    this.inspection = new Inspection(this.node);
  }

  async run(): Promise<CampaignResult> {
    try {
      await this.begin();
      while (this.told.length < this.plan.faults) await this.playSome();
      const { residentMiB } = await this.end();
      return { played: this.told.length, counts: Object.fromEntries(this.counts), slowest: this.slowest, residentMiB };
    } catch (error) {
      throw new Error(this.report(error), { cause: error });
    } finally {
      await this.close();
    }
  }

  /** Ends what lasts and takes everything away. */
  async close(): Promise<void> {
    await this.heal().catch(() => {});
    await this.node.close();
  }

  private async begin(): Promise<void> {
    const { node, dice } = this;
    for (let i = dice.between(1, 3); i > 0; i -= 1) node.host.add(anyHca(node, dice));
    await node.settings.begin();
    node.settings.writeGood(anySettings(dice), dice.one(writingWays));
    const start = { ...anyStart(node, dice), ...this.plan.start };
    await node.kubelet.begin(anyLife(dice));
    await node.start(start);
    await this.recover(`the start: ${startWords(start)}`, this.boundMs);
  }

  /** One to three faults, each while those before it last. */
  private async playSome(): Promise<void> {
    const size = Math.min(this.dice.between(1, 3), this.plan.faults - this.told.length);
    const first = this.told.length;
    let patience = this.boundMs;
    const lives = this.node.lives;
    for (let i = 0; i < size; i += 1) {
      const played = await this.playOne();
      patience = Math.max(patience, played?.patienceMs ?? 0);
    }
    await this.heal();
    if (this.node.lives !== lives) this.inspection.programStarted();
    await this.recover(`${this.told.slice(first).join(' + ')} (the ${first + 1}. and on)`, patience);
    this.node.kubelet.faults.clear();
    this.plan.onProgress?.(this.told.length);
  }

  private async playOne(): Promise<Played | null> {
    const taken = new Set([...this.held.keys()].flatMap(({ subjects }) => subjects));
    const free = this.chosen.filter(
      (one) => one.subjects.every((subject) => !taken.has(subject)) && (one.possible?.(this.node) ?? true),
    );
    const fault = this.dice.weighted(free);
    if (fault === null) return null;
    const played = await fault.play(this.node, this.dice);
    if (played.heal !== undefined) this.held.set(fault, played);
    this.counts.set(fault.name, (this.counts.get(fault.name) ?? 0) + 1);
    this.told.push(`${fault.name}${played.told === '' ? '' : `: ${played.told}`}`);
    return played;
  }

  private get chosen(): readonly Fault[] {
    const { slow, without = [] } = this.plan;
    return allFaults.filter((one) => (slow || one.slow !== true) && !without.some((word) => one.name.includes(word)));
  }

  private async heal(): Promise<void> {
    const lasting = [...this.held.values()].toReversed();
    this.held.clear();
    for (const { heal } of lasting) await heal?.();
  }

  /** Looks whenever the kubelet tells of a change, and now and then. */
  private async recover(from: string, patience: number): Promise<void> {
    const since = performance.now();
    for (;;) {
      this.mustLive();
      const found = await this.inspection.differences();
      const ms = performance.now() - since;
      if (found.length === 0) {
        if (ms > this.slowest.ms) this.slowest = { ms: Math.round(ms), told: from };
        return;
      }
      if (ms > patience)
        throw new Error(
          `after ${from}\nit had not recovered in ${Math.round(ms)} ms:\n${found.map((line) => `  ${line}`).join('\n')}`,
        );
      await this.change();
    }
  }

  private mustLive(): void {
    const { end } = this.node.process;
    if (end !== null) throw new Error(`the program has ended, with ${end.signal ?? `status ${end.status}`}`);
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        stop();
        cancel();
        resolve();
      };
      const stop = this.node.kubelet.onChange(done);
      const cancel = this.node.clock.after(lookMs, done);
    });
  }

  private async end(): Promise<{ readonly residentMiB: number }> {
    const program = this.node.process;
    const residentMiB = this.inspection.residentMiB();
    const since = performance.now();
    program.send('SIGTERM');
    await program.ended;
    const ms = Math.round(performance.now() - since);
    const { status } = program.end ?? { status: null };
    const left = this.node.sockets();
    if (status === 0 && ms <= stopMs && left.length === 0) return { residentMiB };
    throw new Error(`SIGTERM: it ended after ${ms} ms with status ${status}, and left ${left.length} sockets`);
  }

  private replayWords(): string {
    const { seed, slow, settings, without = [] } = this.plan;
    const place = settings === undefined ? '' : ` --settings ${settings}`;
    const left = without.map((word) => ` --without '${word}'`).join('');
    return `--seed ${seed} --faults ${this.told.length}${slow ? '' : ' --quick'}${place}${left}`;
  }

  /** What went wrong, how to replay it, and what was played and said before. */
  report(error: unknown): string {
    const played = this.told.map((line, i) => `  ${i + 1}. ${line}`);
    const kubelet = this.node.kubeletLog.lines
      .slice(-20)
      .map(({ message, fields }) => `  ${message} ${JSON.stringify(fields)}`);
    return [
      error instanceof Error ? error.message : String(error),
      `Replay it: npm run test:faults -- ${this.replayWords()}`,
      ...['The faults that were played:', ...played.slice(-60)],
      ...['The last lines of the program:', ...this.node.process.lastLines.map((line) => `  ${line}`)],
      ...['The last lines of the kubelet:', ...kubelet],
    ].join('\n');
  }
}
