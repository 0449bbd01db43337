// SPDX-License-Identifier: Apache-2.0
import { seededRandom } from '#adapters/fake-kubelet/device-manager/random-choice.ts';
import type { RegistrationMode } from '#adapters/kubelet/registration/method.ts';
import { apiFaults } from './api-faults.ts';
import { driverFaults } from './driver-faults.ts';
import type { Fault, InjectedFault } from './fault.ts';
import { filesystemFaults } from './filesystem-faults.ts';
import { absentUnits, addOne, hostFaults } from './host-faults.ts';
import { identityFaults } from './identity-faults.ts';
import { Invariants } from './invariants.ts';
import { kubeletFaults, randomKubelet } from './kubelet-faults.ts';
import type { MachineSupport } from './machine-support.ts';
import { moduleFaults } from './module-faults.ts';
import { describeStart, processFaults, randomStart } from './process-faults.ts';
import { Random } from './random.ts';
import { randomSettings, settingsFaults } from './settings-faults.ts';
import { writeMethods } from './test-settings.ts';
import { TestedNode } from './tested-node.ts';

const allFaults: readonly Fault[] = [
  ...kubeletFaults,
  ...hostFaults,
  ...identityFaults,
  ...driverFaults,
  ...settingsFaults,
  ...apiFaults,
  ...filesystemFaults,
  ...moduleFaults,
  ...processFaults,
];

/**
 * Far above a usual recovery, which takes a second or two. The slowest one waits 3 s for a stream after a Register
 * call.
 */
const usualRecoveryLimitMs = 15_000;
/** The time between two checks while the kubelet reports no change: it does not know about descriptors and files. */
const checkIntervalMs = 25;
const stopLimitMs = 2_000;

export interface CampaignPlan {
  readonly seed: number;
  readonly faults: number;
  /** The path of the built program. */
  readonly program: string;
  /** The path of jumping-clock.cjs. */
  readonly jumpingClock: string;
  /** Whether to include the faults whose recovery takes 10 s or more. */
  readonly slow: boolean;
  /** How long the recovery from a fault that is not slow may take, in milliseconds. */
  readonly recoveryLimitMs?: number;
  /** Excludes the faults whose names contain one of these words. */
  readonly without?: readonly string[];
  /** Includes only the faults whose names contain one of these words. All if absent. */
  readonly only?: readonly string[];
  /** Where the HCAs come from. The seed decides if absent. */
  readonly host?: 'sysfs' | 'fake';
  /** Where the settings come from. The seed decides if absent. */
  readonly settings?: 'file' | 'api';
  /** How the program registers when the campaign starts it. The seed decides if absent. */
  readonly registration?: RegistrationMode;
  readonly onProgress?: (injected: number) => void;
}

export interface CampaignResult {
  readonly injected: number;
  /** How often each fault was injected, by its name. */
  readonly counts: Readonly<Record<string, number>>;
  /** The slowest recovery, and the faults that it was from. */
  readonly slowest: { readonly ms: number; readonly faults: string };
  readonly residentMiB: number;
}

/** Injects faults into a node and checks the invariants after every one to three of them. */
export class Campaign {
  private readonly random: Random;
  private readonly node: TestedNode;
  private readonly invariants: Invariants;
  private readonly history: string[] = [];
  private readonly counts = new Map<string, number>();
  private readonly lasting = new Map<Fault, InjectedFault>();
  private readonly recoveryLimitMs: number;
  private slowest = { ms: 0, faults: '' };

  constructor(
    private readonly plan: CampaignPlan,
    support: MachineSupport,
  ) {
    this.random = new Random(plan.seed);
    this.recoveryLimitMs = plan.recoveryLimitMs ?? usualRecoveryLimitMs;
    const host = this.random.pick(['sysfs', 'sysfs', 'fake'] as const);
    const settings = this.random.pick(['file', 'file', 'api'] as const);
    this.node = new TestedNode(
      plan.program,
      plan.jumpingClock,
      support,
      { host: plan.host ?? host, settings: plan.settings ?? settings },
      seededRandom(plan.seed + 1),
    );
    this.invariants = new Invariants(this.node);
  }

  /** Rejects with a report that shows what went wrong and how to replay it. */
  async run(): Promise<CampaignResult> {
    try {
      await this.start();
      while (this.history.length < this.plan.faults) await this.runStep();
      const { residentMiB } = await this.stop();
      const { slowest } = this;
      return { injected: this.history.length, counts: Object.fromEntries(this.counts), slowest, residentMiB };
    } catch (error) {
      throw new Error(this.report(error), { cause: error });
    } finally {
      await this.close();
    }
  }

  /** Undoes all lasting faults, and removes the node with all its processes. */
  async close(): Promise<void> {
    await this.undoAll().catch(() => {});
    await this.node.close();
  }

  private async start(): Promise<void> {
    const { node, random } = this;
    for (let i = random.between(1, 3); i > 0; i -= 1) addOne(node, absentUnits(node, 'first'), random);
    await node.settings.start();
    node.settings.writeValid(randomSettings(random), random.pick(writeMethods));
    const randomOptions = randomStart(node, random);
    const options = { ...randomOptions, registration: this.plan.registration ?? randomOptions.registration };
    await node.kubelet.start(randomKubelet(random));
    await node.start(options);
    await this.recover(`the start: ${describeStart(options)}`, this.recoveryLimitMs);
  }

  /** Injects one to three faults, each while the earlier ones last, then undoes them and waits for the recovery. */
  private async runStep(): Promise<void> {
    const size = Math.min(this.random.between(1, 3), this.plan.faults - this.history.length);
    const first = this.history.length;
    let limitMs = this.recoveryLimitMs;
    const { startCount } = this.node;
    for (let i = 0; i < size; i += 1) {
      const injected = await this.injectOne();
      limitMs = Math.max(limitMs, injected?.recoveryLimitMs ?? 0);
    }
    if (this.history.length === first) throw new Error('no fault is possible in the present state of the node');
    await this.undoAll();
    if (this.node.startCount !== startCount) this.invariants.programStarted();
    await this.recover(`fault ${first + 1} and later: ${this.history.slice(first).join(' + ')}`, limitMs);
    this.node.kubelet.faults.clear();
    this.plan.onProgress?.(this.history.length);
  }

  private async injectOne(): Promise<InjectedFault | null> {
    const fault = this.random.pickWeighted(this.possibleFaults());
    if (fault === null) return null;
    const injected = await fault.inject(this.node, this.random);
    if (injected.undo !== undefined) this.lasting.set(fault, injected);
    this.counts.set(fault.name, (this.counts.get(fault.name) ?? 0) + 1);
    this.history.push(`${fault.name}${injected.details === '' ? '' : `: ${injected.details}`}`);
    return injected;
  }

  private possibleFaults(): readonly Fault[] {
    const { slow, without = [], only = [''] } = this.plan;
    const occupied = new Set([...this.lasting.keys()].flatMap(({ targets }) => targets));
    return allFaults.filter(
      (fault) =>
        (slow || fault.slow !== true) &&
        !without.some((word) => fault.name.includes(word)) &&
        only.some((word) => fault.name.includes(word)) &&
        fault.targets.every((target) => !occupied.has(target)) &&
        (fault.possible?.(this.node) ?? true),
    );
  }

  private async undoAll(): Promise<void> {
    const lasting = [...this.lasting.values()].toReversed();
    this.lasting.clear();
    for (const { undo } of lasting) await undo?.();
  }

  /** Checks the invariants until they hold: at each change of the kubelet, and every few milliseconds. */
  private async recover(faults: string, limitMs: number): Promise<void> {
    const startedAt = performance.now();
    for (;;) {
      this.requireRunning();
      const checkedAt = performance.now();
      const violations = await this.invariants.violations();
      const checkMs = performance.now() - checkedAt;
      const ms = performance.now() - startedAt;
      if (violations.length === 0) {
        if (ms > this.slowest.ms) this.slowest = { ms: Math.round(ms), faults };
        return;
      }
      if (ms > limitMs) {
        const lines = violations.map((line) => `  ${line}`).join('\n');
        throw new Error(`after ${faults}\nthese invariants still do not hold after ${Math.round(ms)} ms:\n${lines}`);
      }
      // The kubelet runs in this process: with many shares, checks would leave it no time.
      await this.node.pause(3 * checkMs);
      await this.changeOrInterval();
    }
  }

  private requireRunning(): void {
    const { exit } = this.node.process;
    if (exit !== null) throw new Error(`the program has exited with ${exit.signal ?? `code ${exit.status}`}`);
  }

  private changeOrInterval(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        stopListening();
        cancel();
        resolve();
      };
      const stopListening = this.node.kubelet.onChange(done);
      const cancel = this.node.clock.after(checkIntervalMs, done);
    });
  }

  private async stop(): Promise<{ readonly residentMiB: number }> {
    const program = this.node.process;
    const residentMiB = this.invariants.residentMiB();
    const startedAt = performance.now();
    program.send('SIGTERM');
    await program.exited;
    const ms = Math.round(performance.now() - startedAt);
    const { status } = program.exit ?? { status: null };
    const sockets = this.node.sockets().length;
    if (status === 0 && ms <= stopLimitMs && sockets === 0) return { residentMiB };
    throw new Error(`after SIGTERM, the program exited after ${ms} ms with code ${status} and left ${sockets} sockets`);
  }

  private replayOptions(): string {
    const { seed, slow, host, settings, registration, without = [], only = [] } = this.plan;
    const fixed = Object.entries({ host, settings, registration }).flatMap(([option, value]) =>
      value === undefined ? [] : [`--${option} ${value}`],
    );
    const words = [...without.map((word) => `--without '${word}'`), ...only.map((word) => `--only '${word}'`)];
    const quick = slow ? [] : ['--quick'];
    return [`--seed ${seed}`, `--faults ${this.history.length}`, ...quick, ...fixed, ...words].join(' ');
  }

  /** Returns what went wrong, how to replay it, the faults that were injected, and the last lines of the logs. */
  report(error: unknown): string {
    const faults = this.history.map((line, i) => `  ${i + 1}. ${line}`);
    const kubelet = this.node.kubeletLog.lines
      .slice(-20)
      .map(({ message, fields }) => `  ${message} ${JSON.stringify(fields)}`);
    return [
      error instanceof Error ? error.message : String(error),
      `To replay: npm run test:faults -- ${this.replayOptions()}`,
      ...['Injected faults:', ...faults.slice(-60)],
      ...['Last lines of the log of the program:', ...this.node.process.lastLines.map((line) => `  ${line}`)],
      ...['Last lines of the log of the kubelet:', ...kubelet],
    ].join('\n');
  }
}
