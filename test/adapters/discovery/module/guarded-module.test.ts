// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { GuardedModule } from '#adapters/discovery/module/guarded-module.ts';
import type { ModuleListener } from '#adapters/discovery/module/thread.ts';
import type { ModuleRequest } from '#adapters/discovery/module/worker-code.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';

/** A module whose thread the test plays. */
class PlayedModule {
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

  say(message: unknown): void {
    this.threads.at(-1)?.onMessage(message);
  }

  /** Answers the newest scan. */
  answer(hcas: readonly unknown[]): void {
    this.say({ id: this.scans().at(-1), answer: { hcas } });
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
const slow = { names: [], codes: ['DISCOVERY_MODULE_TIMEOUT'] };
const failed = { names: [], codes: ['DISCOVERY_MODULE_FAILED'] };

async function slowOne(): Promise<PlayedModule> {
  const played = new PlayedModule();
  const first = played.scanned();
  await played.clock.step(2_000);
  expect(await first).toEqual(slow);
  return played;
}

describe('a guarded module', () => {
  it('starts nothing before its first scan, and one thread for all scans', async () => {
    const played = new PlayedModule();
    expect(played.threads).toHaveLength(0);
    for (let i = 0; i < 3; i += 1) {
      const scan = played.scanned();
      played.answer([{ name: 'acme_0' }]);
      expect(await scan).toEqual(good);
    }
    expect({ threads: played.threads.length, scans: played.scans(), pending: played.clock.pending }).toEqual({
      threads: 1,
      scans: [1, 2, 3],
      pending: 0,
    });
  });

  it('keeps nothing of the last good answer when a later one fails', async () => {
    const played = new PlayedModule();
    const first = played.scanned();
    played.answer([{ name: 'acme_0' }]);
    expect(await first).toEqual(good);
    const second = played.scanned();
    played.say({ id: 2, failure: { step: 'scan', message: 'the card is gone', problems: null } });
    expect(await second).toEqual(failed);
  });

  it('is waited for 2 s, and after that not at all, while its scan is not begun again', async () => {
    const played = await slowOne();
    expect(await played.scanned()).toEqual(slow);
    expect(played.scans()).toEqual([1]);
  });

  it('hints when a late answer comes, which is then taken once', async () => {
    const played = await slowOne();
    let hints = 0;
    played.module.watch(() => (hints += 1));
    await played.clock.step(28_000);
    played.answer([{ name: 'acme_0' }]);
    await played.clock.step(200);
    expect(hints).toBe(1);
    expect(await played.scanned()).toEqual(good);
    const next = played.scanned();
    await played.clock.step(2_000);
    expect(await next).toEqual(slow);
    expect(played.scans()).toEqual([1, 2]);
  });

  it('does not take a late answer that has grown old', async () => {
    const played = await slowOne();
    played.answer([{ name: 'acme_0' }]);
    await played.clock.step(5_001);
    const next = played.scanned();
    played.answer([]);
    expect(await next).toEqual({ names: [], codes: [] });
  });

  it('is ended after a minute without an answer, and begun anew at the next scan', async () => {
    const played = await slowOne();
    await played.clock.step(60_000);
    expect(played.ended).toBe(1);
    await played.clock.step(5_001);
    const next = played.scanned();
    played.answer([{ name: 'acme_0' }]);
    expect(await next).toEqual(good);
    expect(played.threads).toHaveLength(2);
  });

  it('names the end of its thread, and begins another at the next scan', async () => {
    const played = new PlayedModule();
    const first = played.scanned();
    played.threads[0]?.onEnd('out of memory');
    expect(await first).toEqual(failed);
    const second = played.scanned();
    played.answer([{ name: 'acme_0' }]);
    expect(await second).toEqual(good);
    expect(played.threads).toHaveLength(2);
  });

  it('hints when its thread ends between scans', async () => {
    const played = new PlayedModule();
    const first = played.scanned();
    played.answer([]);
    await first;
    let hints = 0;
    played.module.watch(() => (hints += 1));
    played.threads[0]?.onEnd('it exited');
    await played.clock.step(200);
    expect(hints).toBe(1);
  });

  it('is loaded anew after it could not be loaded', async () => {
    const played = new PlayedModule();
    const first = played.scanned();
    played.say({ id: 1, failure: { step: 'import', message: 'no such file', problems: null } });
    expect(await first).toEqual({ names: [], codes: ['DISCOVERY_MODULE_NOT_LOADED'] });
    void played.scanned();
    expect({ ended: played.ended, threads: played.threads.length }).toEqual({ ended: 1, threads: 2 });
  });

  it('tells the problems that an error of the module carries, and not what only looks like some', async () => {
    const problem = {
      code: 'AGENT_SILENT',
      actor: 'operator',
      subject: '/run/acme',
      message: 'It is silent.',
      remedy: 'Start it.',
    };
    const played = new PlayedModule();
    const first = played.scanned();
    played.say({ id: 1, failure: { step: 'scan', message: 'silent', problems: [problem] } });
    expect((await first).codes).toEqual(['DISCOVERY_MODULE_FAILED', 'AGENT_SILENT']);
    const second = played.scanned();
    played.say({ id: 2, failure: { step: 'scan', message: 'silent', problems: [{ code: 7 }] } });
    expect((await second).codes).toEqual(['DISCOVERY_MODULE_FAILED']);
  });

  it('passes over messages of no known form and answers of other scans', async () => {
    const played = new PlayedModule();
    const scan = played.scanned();
    for (const message of [null, 'x', 7, [], {}, { id: 99, answer: { hcas: [{ name: 'ghost' }] } }])
      played.say(message);
    played.answer([{ name: 'acme_0' }]);
    expect(await scan).toEqual(good);
  });

  it('turns a flood of hints into few, and none after the watch is over', async () => {
    const played = new PlayedModule();
    let hints = 0;
    const stop = played.module.watch(() => (hints += 1));
    const scan = played.scanned();
    played.answer([]);
    await scan;
    expect(played.requests).toContainEqual({ ask: 'watch' });
    for (let i = 0; i < 1_000; i += 1) played.say({ hint: true });
    await played.clock.step(200);
    expect(hints).toBe(1);
    played.say({ hint: true });
    stop();
    await played.clock.step(1_000);
    expect({ hints, last: played.requests.at(-1) }).toEqual({ hints: 1, last: { ask: 'unwatch' } });
  });
});
