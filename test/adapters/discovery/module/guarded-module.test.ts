// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { GuardedModule } from '#adapters/discovery/module/guarded-module.ts';
import type { ModuleListener } from '#adapters/discovery/module/thread.ts';
import type { ModuleRequest } from '#adapters/discovery/module/worker-code.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';

/** A module whose thread the test simulates. */
class SimulatedModule {
  readonly clock = new SteppedClock();
  readonly requests: ModuleRequest[] = [];
  readonly threads: ModuleListener[] = [];
  ended = 0;
  readonly module = new GuardedModule({
    specifier: './acme.mjs',
    options: { hostRoot: '/' },
    clock: this.clock,
    start: (_specifier, _options, listener) => {
      this.threads.push(listener);
      return { post: (request) => void this.requests.push(request), end: () => void (this.ended += 1) };
    },
  });

  post(message: unknown): void {
    this.threads.at(-1)?.onMessage(message);
  }

  /** Answers the newest scan. */
  answer(hcas: readonly unknown[]): void {
    this.post({ id: this.scans().at(-1), answer: { hcas } });
  }

  scans(): readonly number[] {
    return this.requests.flatMap((request) => (request.ask === 'scan' ? [request.id] : []));
  }

  async scanned(): Promise<{ readonly names: readonly string[]; readonly codes: readonly string[] }> {
    const { hcas, problems } = await this.module.scan();
    return { names: hcas.map(({ name }) => name), codes: problems.map(({ code }) => code) };
  }
}

const good = { names: ['acme_0'], codes: [] };
const timedOut = { names: [], codes: ['DISCOVERY_MODULE_TIMEOUT'] };
const failed = { names: [], codes: ['DISCOVERY_MODULE_FAILED'] };

async function timedOutModule(): Promise<SimulatedModule> {
  const simulated = new SimulatedModule();
  const first = simulated.scanned();
  await simulated.clock.step(2_000);
  expect(await first).toEqual(timedOut);
  return simulated;
}

describe('GuardedModule', () => {
  it('starts one thread for all scans, at the first scan', async () => {
    const simulated = new SimulatedModule();
    expect(simulated.threads).toHaveLength(0);
    for (let i = 0; i < 3; i += 1) {
      const scan = simulated.scanned();
      simulated.answer([{ name: 'acme_0' }]);
      expect(await scan).toEqual(good);
    }
    expect({ threads: simulated.threads.length, scans: simulated.scans(), pending: simulated.clock.pending }).toEqual({
      threads: 1,
      scans: [1, 2, 3],
      pending: 0,
    });
  });

  it('drops the last inventory when a later scan fails', async () => {
    const simulated = new SimulatedModule();
    const first = simulated.scanned();
    simulated.answer([{ name: 'acme_0' }]);
    expect(await first).toEqual(good);
    const second = simulated.scanned();
    simulated.post({ id: 2, failure: { step: 'scan', message: 'the card is missing', problems: null } });
    expect(await second).toEqual(failed);
  });

  it('waits 2 s for a scan, and begins no other while it is under way', async () => {
    const simulated = await timedOutModule();
    expect(await simulated.scanned()).toEqual(timedOut);
    expect(simulated.scans()).toEqual([1]);
  });

  it('hints at a late answer, and uses it once', async () => {
    const simulated = await timedOutModule();
    let hints = 0;
    simulated.module.watch(() => (hints += 1));
    await simulated.clock.step(28_000);
    simulated.answer([{ name: 'acme_0' }]);
    await simulated.clock.step(200);
    expect(hints).toBe(1);
    expect(await simulated.scanned()).toEqual(good);
    const next = simulated.scanned();
    await simulated.clock.step(2_000);
    expect(await next).toEqual(timedOut);
    expect(simulated.scans()).toEqual([1, 2]);
  });

  it('does not use a late answer after 5 s', async () => {
    const simulated = await timedOutModule();
    simulated.answer([{ name: 'acme_0' }]);
    await simulated.clock.step(5_001);
    const next = simulated.scanned();
    simulated.answer([]);
    expect(await next).toEqual({ names: [], codes: [] });
  });

  it('ends a thread that does not answer within a minute, and restarts it at the next scan', async () => {
    const simulated = await timedOutModule();
    await simulated.clock.step(60_000);
    expect(simulated.ended).toBe(1);
    await simulated.clock.step(5_001);
    const next = simulated.scanned();
    simulated.answer([{ name: 'acme_0' }]);
    expect(await next).toEqual(good);
    expect(simulated.threads).toHaveLength(2);
  });

  it('reports the end of its thread, and starts another at the next scan', async () => {
    const simulated = new SimulatedModule();
    const first = simulated.scanned();
    simulated.threads[0]?.onEnd('out of memory');
    expect(await first).toEqual(failed);
    const second = simulated.scanned();
    simulated.answer([{ name: 'acme_0' }]);
    expect(await second).toEqual(good);
    expect(simulated.threads).toHaveLength(2);
  });

  it('hints when its thread ends between scans', async () => {
    const simulated = new SimulatedModule();
    const first = simulated.scanned();
    simulated.answer([]);
    await first;
    let hints = 0;
    simulated.module.watch(() => (hints += 1));
    simulated.threads[0]?.onEnd('it exited');
    await simulated.clock.step(200);
    expect(hints).toBe(1);
  });

  it('loads the module again after it could not be loaded', async () => {
    const simulated = new SimulatedModule();
    const first = simulated.scanned();
    simulated.post({ id: 1, failure: { step: 'import', message: 'no such file', problems: null } });
    expect(await first).toEqual({ names: [], codes: ['DISCOVERY_MODULE_NOT_LOADED'] });
    void simulated.scanned();
    expect({ ended: simulated.ended, threads: simulated.threads.length }).toEqual({ ended: 1, threads: 2 });
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
    const first = simulated.scanned();
    simulated.post({ id: 1, failure: { step: 'scan', message: 'silent', problems: [problem] } });
    expect((await first).codes).toEqual(['DISCOVERY_MODULE_FAILED', 'AGENT_SILENT']);
    const second = simulated.scanned();
    simulated.post({ id: 2, failure: { step: 'scan', message: 'silent', problems: [{ code: 7 }] } });
    expect((await second).codes).toEqual(['DISCOVERY_MODULE_FAILED']);
  });

  it('ignores unknown messages and answers of other scans', async () => {
    const simulated = new SimulatedModule();
    const scan = simulated.scanned();
    for (const message of [null, 'x', 7, [], {}, { id: 99, answer: { hcas: [{ name: 'ghost' }] } }])
      simulated.post(message);
    simulated.answer([{ name: 'acme_0' }]);
    expect(await scan).toEqual(good);
  });

  it('debounces hints, and gives none after the watch has ended', async () => {
    const simulated = new SimulatedModule();
    let hints = 0;
    const stop = simulated.module.watch(() => (hints += 1));
    const scan = simulated.scanned();
    simulated.answer([]);
    await scan;
    expect(simulated.requests).toContainEqual({ ask: 'watch' });
    for (let i = 0; i < 1_000; i += 1) simulated.post({ hint: true });
    await simulated.clock.step(200);
    expect(hints).toBe(1);
    simulated.post({ hint: true });
    stop();
    await simulated.clock.step(1_000);
    expect({ hints, last: simulated.requests.at(-1) }).toEqual({ hints: 1, last: { ask: 'unwatch' } });
  });
});
