// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { GuardedModule, validMs } from '#adapters/discovery/module/guarded-module.ts';
import type { ModuleListener } from '#adapters/discovery/module/process.ts';
import type { ModuleRequest } from '#adapters/discovery/module/process-code.ts';
import { RecordedLog } from '../../../support/recorded-log.ts';
import { RecordedScans } from '../../../support/recorded-scans.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';

/** A module whose process the test simulates. */
class SimulatedModule {
  readonly clock = new SteppedClock();
  readonly log = new RecordedLog();
  readonly scansSeen = new RecordedScans();
  readonly requests: ModuleRequest[] = [];
  readonly processes: ModuleListener[] = [];
  hints = 0;
  ended = 0;
  readonly module: GuardedModule;
  readonly stop: () => void;

  constructor(patienceMs = 0) {
    this.module = new GuardedModule({
      specifier: './acme.mjs',
      options: { hostRoot: '/' },
      clock: this.clock,
      logger: this.log,
      observer: this.scansSeen,
      patienceMs,
      start: (_specifier, _options, listener) => {
        this.processes.push(listener);
        return { post: (request) => void this.requests.push(request), end: () => void (this.ended += 1) };
      },
    });
    this.stop = this.module.watch(() => (this.hints += 1));
  }

  post(message: unknown): void {
    this.processes.at(-1)?.onMessage(message);
  }

  /** Answers the newest scan. */
  answer(...names: readonly string[]): void {
    this.post({ id: this.scans().at(-1), answer: { hcas: names.map((name) => ({ name })) } });
  }

  fail(step: string, message = 'the card is missing', more: object = {}): void {
    this.post({ id: this.scans().at(-1), failure: { step, message, stack: null, problems: null, ...more } });
  }

  scans(): readonly number[] {
    return this.requests.flatMap((request) => (request.ask === 'scan' ? [request.id] : []));
  }

  async scanned(): Promise<{ readonly names: readonly string[]; readonly codes: readonly string[] }> {
    const { hcas, problems } = await this.module.scan();
    return { names: hcas.map(({ name }) => name), codes: problems.map(({ code }) => code) };
  }

  async step(ms: number): Promise<void> {
    await this.clock.step(ms);
  }
}

const nothing = { names: [], codes: [] };
const good = { names: ['acme_0'], codes: [] };
const timedOut = { names: [], codes: ['DISCOVERY_MODULE_TIMEOUT'] };

async function answeredModule(): Promise<SimulatedModule> {
  const simulated = new SimulatedModule();
  await simulated.scanned();
  simulated.answer('acme_0');
  await simulated.step(200);
  expect([await simulated.scanned(), simulated.hints]).toEqual([good, 1]);
  simulated.answer('acme_0');
  return simulated;
}

describe('GuardedModule: scans in the background', () => {
  it('starts nothing before the first scan, which returns a partial inventory at once', async () => {
    const simulated = new SimulatedModule();
    expect(simulated.processes).toHaveLength(0);
    expect(await simulated.module.scan()).toEqual({ hcas: [], netnsMode: null, problems: [], isPartial: true });
    expect([simulated.processes.length, simulated.scans()]).toEqual([1, [1]]);
  });

  it('hints at an answer that differs, and returns it at the next scan', async () => {
    const simulated = await answeredModule();
    await simulated.scanned();
    simulated.answer('acme_0', 'acme_1');
    await simulated.step(200);
    expect([simulated.hints, (await simulated.scanned()).names]).toEqual([2, ['acme_0', 'acme_1']]);
  });

  it('gives no hint at an answer that does not differ', async () => {
    const simulated = await answeredModule();
    await simulated.scanned();
    simulated.answer('acme_0');
    await simulated.step(1_000);
    expect(simulated.hints).toBe(1);
  });

  it('has one scan under way at a time, and one process', async () => {
    const simulated = new SimulatedModule();
    for (let i = 0; i < 10; i += 1) await simulated.scanned();
    expect([simulated.processes.length, simulated.scans()]).toEqual([1, [1]]);
  });

  it('asks again after two minutes if nobody else does', async () => {
    const simulated = await answeredModule();
    await simulated.step(119_000);
    expect(simulated.scans()).toHaveLength(2);
    await simulated.step(1_000);
    expect(simulated.scans()).toHaveLength(3);
  });

  it('waits for an answer as long as it is told to', async () => {
    const simulated = new SimulatedModule(10_000);
    const first = simulated.scanned();
    simulated.answer('acme_0');
    expect(await first).toEqual(good);
    const second = simulated.scanned();
    await simulated.step(10_000);
    expect(await second).toEqual(good);
  });
});

describe('GuardedModule: modules that are slow', () => {
  it('keeps its HCAs without a problem while a module answers late again and again', async () => {
    const simulated = await answeredModule();
    for (let round = 0; round < 100; round += 1) {
      expect(await simulated.scanned()).toEqual(good);
      await simulated.step(round % 2 === 0 ? 50_000 : 10);
      simulated.answer('acme_0');
      await simulated.step(10_000);
    }
    expect([simulated.hints, simulated.ended]).toEqual([1, 0]);
  });

  it('reports the timeout after 2 s while there is no valid answer, and hints at both ends of it', async () => {
    const simulated = new SimulatedModule();
    await simulated.scanned();
    await simulated.step(2_200);
    expect([simulated.hints, await simulated.scanned()]).toEqual([1, timedOut]);
    await simulated.step(28_000);
    simulated.answer('acme_0');
    await simulated.step(200);
    expect([simulated.hints, await simulated.scanned()]).toEqual([2, good]);
    expect(simulated.scansSeen.measures.map(({ result }) => result)).toEqual(['timeout', 'success']);
  });

  it('drops its HCAs 5 minutes after the last valid answer, and not before', async () => {
    const simulated = await answeredModule();
    await simulated.scanned();
    await simulated.step(validMs - 1_000);
    expect((await simulated.scanned()).names).toEqual(['acme_0']);
    await simulated.step(1_200);
    const { hcas, isPartial } = await simulated.module.scan();
    expect([hcas, isPartial, simulated.hints > 1]).toEqual([[], true, true]);
  });

  it('ends a process that does not answer within a minute, and starts another', async () => {
    const simulated = new SimulatedModule();
    await simulated.scanned();
    await simulated.step(60_000);
    expect(simulated.ended).toBe(1);
    await simulated.step(1_000);
    simulated.answer('acme_0');
    expect([await simulated.scanned(), simulated.processes.length]).toEqual([good, 2]);
  });
});

describe('GuardedModule: modules that fail', () => {
  it('keeps the last valid answer, and reports the failure', async () => {
    const simulated = await answeredModule();
    await simulated.scanned();
    simulated.fail('scan');
    await simulated.step(200);
    expect([simulated.hints, await simulated.scanned()]).toEqual([
      2,
      { names: ['acme_0'], codes: ['DISCOVERY_MODULE_FAILED'] },
    ]);
    simulated.answer('acme_0');
    expect(await simulated.scanned()).toEqual(good);
  });

  it('starts a process that ends again, with delays from 1 s to a minute, even if nobody asks', async () => {
    const simulated = new SimulatedModule();
    await simulated.scanned();
    const starts: number[] = [];
    for (let second = 0; second < 300; second += 1) {
      const before = simulated.processes.length;
      if (simulated.processes.length > starts.length) simulated.processes.at(-1)?.onEnd('it exited');
      await simulated.step(1_000);
      if (simulated.processes.length > before) starts.push(second + 1);
    }
    expect(starts.slice(0, 6)).toEqual([1, 3, 7, 15, 31, 63]);
    expect((await simulated.scanned()).codes).toEqual(['DISCOVERY_MODULE_FAILED']);
  });

  it('does not start a process earlier because scans come often', async () => {
    const simulated = new SimulatedModule();
    await simulated.scanned();
    simulated.processes[0]?.onEnd('it exited');
    for (let i = 0; i < 100; i += 1) await simulated.scanned();
    expect(simulated.processes).toHaveLength(1);
  });

  it('loads the module again after it could not be loaded', async () => {
    const simulated = new SimulatedModule();
    await simulated.scanned();
    simulated.fail('import', 'no such file');
    expect([(await simulated.scanned()).codes, simulated.ended]).toEqual([['DISCOVERY_MODULE_NOT_LOADED'], 1]);
    await simulated.step(1_000);
    expect(simulated.processes).toHaveLength(2);
  });

  it('says in which line it failed, and logs the stack at debug level', async () => {
    const simulated = new SimulatedModule();
    await simulated.scanned();
    const stack =
      'Error: no card\n    at read (node:fs:1:2)\n    at scan (file:///opt/acme.mjs:12:9)\n    at x (/a.js:1:1)';
    simulated.fail('scan', 'no card', { stack });
    const [problem] = (await simulated.module.scan()).problems;
    expect(problem?.message).toBe('Discovery module ./acme.mjs failed at scan: no card (/opt/acme.mjs:12:9).');
    expect(simulated.log.valuesOf('discovery module failed', 'stack')).toEqual([stack]);
  });

  it('says where a process crashed', async () => {
    const simulated = new SimulatedModule();
    await simulated.scanned();
    simulated.processes[0]?.onEnd('TypeError: x is null\n    at Timeout.tick (file:///opt/acme.mjs:3:7)');
    expect((await simulated.module.scan()).problems.map(({ message }) => message)).toEqual([
      'Discovery module ./acme.mjs failed at scan: TypeError: x is null (/opt/acme.mjs:3:7).',
    ]);
  });

  it('reports the problems that an error of the module carries, unless they are invalid', async () => {
    const problem = {
      code: 'AGENT_SILENT',
      actor: 'operator',
      subject: '/run/acme',
      message: 'It is silent.',
      remedy: 'Start it.',
    };
    const simulated = new SimulatedModule();
    await simulated.scanned();
    simulated.fail('scan', 'silent', { problems: [problem] });
    expect((await simulated.scanned()).codes).toEqual(['DISCOVERY_MODULE_FAILED', 'AGENT_SILENT']);
    simulated.fail('scan', 'silent', { problems: [{ code: 7 }] });
    expect((await simulated.scanned()).codes).toEqual(['DISCOVERY_MODULE_FAILED']);
  });

  it('ignores unknown messages and answers of other scans', async () => {
    const simulated = new SimulatedModule();
    await simulated.scanned();
    for (const message of [null, 'x', 7, [], {}, { id: 99, answer: { hcas: [{ name: 'ghost' }] } }])
      simulated.post(message);
    expect(await simulated.scanned()).toEqual(nothing);
    simulated.answer('acme_0');
    expect(await simulated.scanned()).toEqual(good);
  });

  it.each([
    ['a block device or disk', { kind: 'uverbs', path: '/dev/nvme0', port: null }],
    ['the memory of the host', { kind: 'uverbs', path: '/dev/mem', port: null }],
    ['a name with an escape', { kind: 'uverbs', path: '/dev/acme\u001b[2J', port: null }],
  ])('rejects an inventory with %s as a device node', async (_, node) => {
    const simulated = new SimulatedModule();
    await simulated.scanned();
    simulated.post({ id: 1, answer: { hcas: [{ name: 'acme_0', deviceNodes: [node] }] } });
    expect(await simulated.scanned()).toEqual({ names: [], codes: ['DISCOVERY_MODULE_INVALID_INVENTORY'] });
  });

  it.each([
    ['HCAs', { hcas: Array.from({ length: 4_097 }, (_, i) => ({ name: `a${i}` })) }],
    ['ports', { hcas: [{ name: 'a', ports: Array.from({ length: 257 }, (_, i) => ({ number: i + 1 })) }] }],
  ])('rejects an inventory with too many %s', async (_, answer) => {
    const simulated = new SimulatedModule();
    await simulated.scanned();
    simulated.post({ id: 1, answer });
    expect((await simulated.scanned()).codes).toEqual(['DISCOVERY_MODULE_INVALID_INVENTORY']);
  });
});

describe('GuardedModule: the end of all watches', () => {
  it('ends the process and every timer, and a later scan starts them again', async () => {
    const simulated = new SimulatedModule(1_000);
    const stop = simulated.module.watchLinks(() => {});
    void simulated.module.scan();
    stop();
    expect(simulated.ended).toBe(0);
    simulated.stop();
    await simulated.step(1_000);
    expect([simulated.ended, simulated.clock.pending]).toEqual([1, 0]);
    void simulated.module.scan();
    expect(simulated.processes).toHaveLength(2);
  });
});

describe('GuardedModule: hints of the module', () => {
  it('scans at a hint and confirms it', async () => {
    const simulated = await answeredModule();
    await simulated.step(1_000);
    simulated.post({ hint: true });
    expect(simulated.requests.slice(-2)).toEqual([{ ask: 'hintTaken' }, { ask: 'scan', id: 3 }]);
  });

  it('scans five times a second at most, however often the module hints', async () => {
    const simulated = await answeredModule();
    for (let i = 0; i < 1_000; i += 1) {
      simulated.post({ hint: true });
      simulated.answer('acme_0');
      await simulated.step(10);
    }
    const scans = simulated.scans().length - 2;
    expect([scans >= 45, scans <= 51]).toEqual([true, true]);
  });

  it('asks the module to watch while somebody watches', async () => {
    const simulated = new SimulatedModule();
    const stop = simulated.module.watchLinks(() => {});
    await simulated.scanned();
    expect(simulated.requests).toContainEqual({ ask: 'watch' });
    expect(simulated.requests).toContainEqual({ ask: 'watchLinks' });
    stop();
    expect(simulated.requests.at(-1)).toEqual({ ask: 'unwatchLinks' });
  });
});
