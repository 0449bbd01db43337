// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { readSettings } from '#adapters/settings/read-settings.ts';
import { KubernetesConfigSource } from '#adapters/kubernetes/config-map/config-source.ts';
import { quoted } from '#adapters/kubernetes/api/missing-right.ts';
import { type WatchPace, usualPace } from '#adapters/kubernetes/config-map/watch-pace.ts';
import type { Problem } from '#domain/problem/problem.ts';
import type { ConfigReading } from '#ports/config-source.ts';
import { livenessMs } from '../../../support/node-fixture.ts';
import { FakeApiServer, tlsFixture } from '../../../support/fake-api-server.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';

const settings = (rdmaHcaMax: number): string =>
  JSON.stringify({ configList: [{ resourceName: 'a', rdmaHcaMax, selectors: { vendors: ['15b3'] } }] });

let server: FakeApiServer;
let clock: SteppedClock;
let home: string;
let stop = (): void => {};
beforeEach(async () => {
  server = new FakeApiServer();
  clock = new SteppedClock();
  home = mkdtempSync(join(tmpdir(), 'rdma-kubernetes-'));
  await server.start();
});
afterEach(async () => {
  stop();
  stop = () => {};
  await server.stop();
  rmSync(home, { recursive: true });
});

interface Choices {
  readonly key?: string | null;
  readonly stateDirectory?: string | null;
  /** The CA as PEM, which is read at each call. */
  readonly ca?: () => string;
  readonly random?: number;
  readonly pace?: WatchPace;
}

function aSource({
  key = null,
  stateDirectory = null,
  ca = () => tlsFixture('ca.crt'),
  random = 0.5,
  pace = usualPace,
}: Choices = {}): KubernetesConfigSource {
  const credentials = async () =>
    await Promise.resolve({ ca: ca(), token: server.token, clientCertificate: null, clientKey: null, verify: true });
  const access = { server: new URL(server.url), namespace: 'ns', credentials };
  return new KubernetesConfigSource({
    access,
    configMap: { namespace: 'ns', name: 'settings' },
    key,
    stateDirectory,
    decode: readSettings,
    clock,
    random: () => random,
    pace,
  });
}

function theProblem(reading: ConfigReading): Problem {
  if (reading.valid || reading.problems[0] === undefined) throw new Error(`no problem: ${JSON.stringify(reading)}`);
  return reading.problems[0];
}

function sharesOf(reading: ConfigReading): number | undefined {
  return reading.valid ? reading.settings.resources[0]?.rdmaHcaMax : undefined;
}

/** Lets time pass till something is so, or stand still. */
async function until(what: string, isSo: () => boolean | Promise<boolean>, stepMs = 100): Promise<void> {
  const end = performance.now() + livenessMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await clock.step(stepMs);
  }
}

describe('which key of the ConfigMap', () => {
  it('is config.yaml where there is no config.json', async () => {
    server.set('settings', {
      data: {
        'config.yaml': 'configList:\n  - resourceName: a\n    rdmaHcaMax: 4\n    selectors:\n      vendors: ["15b3"]\n',
      },
    });
    expect(sharesOf(await aSource().read())).toBe(4);
  });

  it('is the one that is named', async () => {
    server.set('settings', { data: { 'config.json': settings(1), 'node.json': settings(2) } });
    expect(sharesOf(await aSource({ key: 'node.json' }).read())).toBe(2);
  });

  it('is not guessed where both are there', async () => {
    server.set('settings', { data: { 'config.json': settings(1), 'config.yaml': settings(2) } });
    const problem = theProblem(await aSource().read());
    expect(problem.code).toBe('KUBERNETES_CONFIG_MAP_AMBIGUOUS');
    expect(problem.remedy).toContain('--config-map-key');
  });
});

describe('a ConfigMap that is of no use is named with what it has', () => {
  it.each([
    ['no data', {}, 'KUBERNETES_CONFIG_MAP_KEY_MISSING', 'has neither config.json nor config.yaml; its data is empty'],
    [
      'another key',
      { data: { 'settings.json': '{}' } },
      'KUBERNETES_CONFIG_MAP_KEY_MISSING',
      '; its data has only settings.json',
    ],
    [
      'binary data',
      { binaryData: { 'config.json': 'AAAA' } },
      'KUBERNETES_CONFIG_MAP_BINARY',
      'has config.json in its binaryData',
    ],
    [
      'more than 1 MiB',
      { data: { 'config.json': ' '.repeat((1 << 20) + 1) } },
      'KUBERNETES_CONFIG_MAP_TOO_LARGE',
      'has 1048577 bytes',
    ],
  ])('%s', async (_name, object, code, words) => {
    server.set('settings', object);
    const reading = await aSource().read();
    expect(theProblem(reading)).toMatchObject({ code, subject: 'ns/settings', actor: 'operator' });
    expect(theProblem(reading).message).toContain(words);
    expect(reading).toMatchObject({ retryable: true });
  });

  it('names its place in what is wrong with the settings themselves', async () => {
    server.set('settings', { data: { 'config.json': '{"configList": 3}' } });
    expect(theProblem(await aSource().read())).toMatchObject({
      code: 'CONFIG_WRONG_TYPE',
      message: expect.stringContaining('ConfigMap ns/settings, config.json'),
    });
  });
});

describe('a server that does not give it', () => {
  const cases = [
    ['forbidden', 'KUBERNETES_FORBIDDEN', 'resourceNames: [settings], verbs: [get, watch]'],
    ['token-refused', 'KUBERNETES_TOKEN_REJECTED', 'ServiceAccount'],
    ['html', 'KUBERNETES_UNEXPECTED_RESPONSE', 'proxy'],
    ['ill', 'KUBERNETES_UNREACHABLE', 'API server runs'],
  ] as const;
  it.each(cases)('%s', async (mood, code, remedy) => {
    server.set('settings', { data: { 'config.json': settings(1) } });
    server.mood = mood;
    const reading = await aSource().read();
    expect(theProblem(reading).code).toBe(code);
    expect(theProblem(reading).remedy).toContain(remedy);
  });

  it('is asked no longer than ten seconds', async () => {
    server.mood = 'hangs';
    const reading = aSource().read();
    let settled = false;
    void reading.then(() => {
      settled = true;
    });
    await until('an answer', () => settled);
    expect(theProblem(await reading)).toMatchObject({
      code: 'KUBERNETES_UNREACHABLE',
      message: expect.stringContaining('no answer within 10 s'),
    });
  });

  it('is not believed where its certificate is not that of the CA', async () => {
    server.set('settings', { data: { 'config.json': settings(1) } });
    expect(theProblem(await aSource({ ca: () => tlsFixture('other-ca.crt') }).read()).code).toBe(
      'KUBERNETES_CERTIFICATE_INVALID',
    );
    expect(server.asked).toEqual([]);
  });

  it.each([
    ['a CA that is no certificate', () => 'no PEM', 'KUBERNETES_CERTIFICATE_INVALID'],
    ['a CA that is cut off', () => tlsFixture('ca.crt').slice(0, 200), 'KUBERNETES_CERTIFICATE_INVALID'],
  ])('is asked nothing with %s', async (_name, ca, code) => {
    server.set('settings', { data: { 'config.json': settings(1) } });
    expect(theProblem(await aSource({ ca }).read()).code).toBe(code);
    expect(server.asked).toEqual([]);
  });

  it('is told where the token is none that can be sent', async () => {
    server.token = 'two\nlines';
    expect(theProblem(await aSource().read())).toMatchObject({
      code: 'KUBERNETES_UNREACHABLE',
      message: expect.stringContaining('header content ["authorization"]'),
    });
  });

  it('is believed as soon as its CA is there', async () => {
    server.set('settings', { data: { 'config.json': settings(1) } });
    let name = 'other-ca.crt';
    const source = aSource({ ca: () => tlsFixture(name) });
    stop = source.watch(() => {});
    expect(theProblem(await source.read()).code).toBe('KUBERNETES_CERTIFICATE_INVALID');
    name = 'ca.crt';
    await until('the value', async () => sharesOf(await source.read()) === 1);
  });

  it.each(['html', 'hangs', 'ill', 'forbidden', 'token-refused'] as const)(
    'keeps nobody from the settings once it is well again: %s',
    async (mood) => {
      server.set('settings', { data: { 'config.json': settings(1) } });
      server.mood = mood;
      const source = aSource();
      stop = source.watch(() => {});
      await until('some tries', () => server.asked.length >= 3);
      server.mood = 'well';
      await until('the value', async () => sharesOf(await source.read()) === 1);
    },
  );

  it('and behind which a balancer answers for it in its own words, is away', async () => {
    server.mood = 'balancer';
    expect(theProblem(await aSource().read())).toMatchObject({
      code: 'KUBERNETES_UNREACHABLE',
      message: expect.stringContaining('status 502'),
    });
  });

  it('names a rule that a Role takes as it stands, whatever the name of the ConfigMap', async () => {
    server.mood = 'forbidden';
    const { remedy } = theProblem(await aSource().read());
    expect(remedy).not.toContain('"');
    expect(parse(remedy.slice(remedy.indexOf('{')))).toEqual({
      apiGroups: [''],
      resources: ['configmaps'],
      resourceNames: ['settings'],
      verbs: ['get', 'watch'],
    });
    expect(parse(quoted('1e3'))).toBe('1e3');
    expect(parse(quoted('true'))).toBe('true');
  });

  it('has no such object, and then it has', async () => {
    const source = aSource();
    expect(theProblem(await source.read()).code).toBe('KUBERNETES_CONFIG_MAP_MISSING');
    stop = source.watch(() => {});
    server.set('settings', { data: { 'config.json': settings(5) } });
    await until('the value', async () => sharesOf(await source.read()) === 5);
  });
});

describe('a watch', () => {
  async function watched(): Promise<{ source: KubernetesConfigSource; heard: { hints: number } }> {
    server.set('settings', { data: { 'config.json': settings(1) } });
    const source = aSource();
    await source.read();
    const heard = { hints: 0 };
    stop = source.watch(() => {
      heard.hints += 1;
    });
    await until('a watch', () => server.openWatches === 1);
    return { source, heard };
  }

  it('asks nobody for a reading while it is open', async () => {
    const { source } = await watched();
    const asked = server.asked.length;
    for (let i = 0; i < 10; i += 1) expect(sharesOf(await source.read())).toBe(1);
    expect(server.asked.length).toBe(asked);
  });

  it('goes on from a bookmark after it ended, without a hint', async () => {
    const { heard } = await watched();
    server.bookmark();
    await clock.step(1_000);
    server.endWatches();
    await until('a new watch', () => server.openWatches === 1);
    expect(heard.hints).toBe(0);
    expect(server.asked.filter((one) => one.endsWith('?watch'))).toHaveLength(2);
  });

  it('looks anew where the server has forgotten its version, and misses nothing', async () => {
    const { source } = await watched();
    server.endWatches();
    server.set('settings', { data: { 'config.json': settings(7) } });
    server.forget();
    await until('the value', async () => sharesOf(await source.read()) === 7);
    await until('a new watch', () => server.openWatches === 1);
  });

  it('takes a renewed token', async () => {
    const { source } = await watched();
    server.token = 'second';
    server.breakConnections();
    server.set('settings', { data: { 'config.json': settings(8) } });
    await until('the value', async () => sharesOf(await source.read()) === 8);
  });

  it('loses none of a thousand changes: the last one wins', async () => {
    const { source } = await watched();
    for (let count = 1; count <= 1_000; count += 1) {
      server.set('settings', { data: { 'config.json': settings(count) } });
      if (count % 250 === 0) server.breakConnections();
    }
    await until('the last value', async () => sharesOf(await source.read()) === 1_000);
  });

  it.each(['hangs', 'html', 'ill', 'forbidden', 'watch-forbidden', 'well'] as const)(
    'ends at once, and leaves no timer, where the server is so: %s',
    async (mood) => {
      server.set('settings', { data: { 'config.json': settings(1) } });
      server.mood = mood;
      for (const steps of [0, 1, 3, 20]) {
        const source = aSource();
        let hints = 0;
        const end = source.watch(() => {
          hints += 1;
        });
        for (let i = 0; i < steps; i += 1) await clock.step(100);
        end();
        const heard = hints;
        await until('no timer', () => clock.pending === 0);
        expect(hints).toBe(heard);
      }
    },
  );

  it('that is forbidden is said, with the settings in force', async () => {
    server.set('settings', { data: { 'config.json': settings(1) } });
    server.mood = 'watch-forbidden';
    const source = aSource();
    await source.read();
    stop = source.watch(() => {});
    let warnings: readonly Problem[] = [];
    await until('a warning', async () => {
      const reading = await source.read();
      if (reading.valid) ({ warnings } = reading);
      return warnings.length > 0;
    });
    expect(warnings).toMatchObject([{ code: 'KUBERNETES_FORBIDDEN' }]);
    server.mood = 'well';
    await until('no warning', async () => {
      const reading = await source.read();
      return reading.valid && reading.warnings.length === 0;
    });
  });

  it.each(['forbidden', 'token-refused'] as const)(
    'that is refused (%s) for a moment, as by a server that does not know its roles yet, is not worth a word',
    async (mood) => {
      const { source, heard } = await watched();
      server.mood = mood;
      server.breakConnections();
      const asked = server.asked.length;
      await until('two refusals', () => server.asked.length === asked + 2);
      server.mood = 'well';
      await until('a new watch', () => server.openWatches === 1);
      expect(heard.hints).toBe(0);
      expect(sharesOf(await source.read())).toBe(1);
    },
  );

  it.each([
    ['forbidden', 'KUBERNETES_FORBIDDEN'],
    ['token-refused', 'KUBERNETES_TOKEN_REJECTED'],
  ] as const)(
    'that stays refused (%s) is told once',
    async (mood, code) => {
      const { source, heard } = await watched();
      server.mood = mood;
      server.breakConnections();
      await until('the refusal', () => heard.hints > 0);
      expect(theProblem(await source.read()).code).toBe(code);
      const asked = server.asked.length;
      await until('more refusals', () => server.asked.length > asked + 2);
      expect(heard.hints).toBe(1);
      server.mood = 'well';
      await until('the settings', async () => sharesOf(await source.read()) === 1);
      expect(heard.hints).toBe(2);
    },
    livenessMs,
  );

  it('of a server that is away, whatever the reason of the moment, is told once, and so is its return', async () => {
    const { source, heard } = await watched();
    await server.stop();
    await until('the loss', () => heard.hints === 1);
    server.mood = 'ill';
    await server.start();
    const asked = server.asked.length;
    await until('another reason', () => server.asked.length > asked + 2);
    expect(heard.hints).toBe(1);
    server.mood = 'well';
    await until('the settings', async () => sharesOf(await source.read()) === 1);
    expect(heard.hints).toBe(2);
  });

  it('of a server that is away is tried with growing pauses, and leaves no timer behind', async () => {
    await watched();
    await server.stop();
    await clock.step(120_000);
    const before = server.asked.length;
    await server.start();
    await until('a new watch', () => server.openWatches === 1);
    expect(server.asked.length - before).toBeLessThanOrEqual(4);
    stop();
    stop = () => {};
    await until('no timer', () => clock.pending === 0);
  });
});

describe('what one of many nodes asks for', () => {
  const sets = (count: number): void => server.set('settings', { data: { 'config.json': settings(count) } });
  const watches = (): readonly string[] => server.asked.filter((one) => one.endsWith('?watch'));

  async function started(choices: Choices = {}): Promise<KubernetesConfigSource> {
    const source = aSource(choices);
    await source.read();
    stop = source.watch(() => {});
    await until('a watch', () => server.openWatches === 1);
    return source;
  }

  it('is at its start one get and one watch, of an object that is older than what the server remembers too', async () => {
    sets(1);
    server.forget();
    await started();
    await clock.step(60_000);
    expect(server.asked).toEqual([
      'GET /api/v1/namespaces/ns/configmaps/settings',
      'GET /api/v1/namespaces/ns/configmaps?watch',
    ]);
  });

  it.each([
    [0, 300],
    [0.5, 450],
    [0.999, 600],
  ])('is a watch for a time of its own: with %d for %d s', async (random, seconds) => {
    sets(1);
    await started({ random });
    expect(server.watchSeconds).toEqual([seconds]);
  });

  it('is the next watch at once when the time of one is over', async () => {
    sets(1);
    await started({ pace: { ...usualPace, watchSeconds: { least: 60, most: 60 } } });
    await clock.step(60_000);
    server.endWatches();
    await until('a second watch, in no time', () => watches().length === 2, 0);
  });

  it('is the next watch within ten seconds when one broke, as that of all nodes did', async () => {
    sets(1);
    await started();
    await clock.step(1_000);
    const broke = clock.now();
    server.breakConnections();
    await until('a second watch', () => watches().length === 2);
    expect(clock.now() - broke).toBeGreaterThanOrEqual(5_000);
  });

  it('is one watch, from the object on, once a server answers again that did not for a while', async () => {
    sets(1);
    const source = await started();
    await server.stop();
    await until('the loss', async () => !(await source.read()).valid);
    sets(2);
    server.forget();
    await server.start();
    const before = server.asked.length;
    await until('the value', async () => sharesOf(await source.read()) === 2);
    expect(server.asked.slice(before)).toEqual(['GET /api/v1/namespaces/ns/configmaps?watch']);
  });

  it('is nothing for as long as an overloaded server asks for, and then one request a time', async () => {
    [server.mood, server.retryAfter] = ['busy', '20'];
    const source = aSource();
    expect(theProblem(await source.read())).toMatchObject({
      code: 'KUBERNETES_UNREACHABLE',
      message: expect.stringContaining('status 429, Too many requests'),
    });
    stop = source.watch(() => {});
    await until('a watch that is refused', () => watches().length === 1, 0);
    const refused = clock.now();
    await until('the next', () => server.asked.length > 2);
    expect(clock.now() - refused).toBeGreaterThanOrEqual(20_000);
    expect(watches()).toHaveLength(2);
  });

  it('is not given up where the answer to a watch has a head and no end', async () => {
    sets(1);
    await started();
    server.mood = 'stalls';
    server.breakConnections();
    await until('a watch that stalls', () => watches().length === 2);
    server.mood = 'well';
    await until('a new watch', () => server.openWatches === 1);
  });
});

describe('a server that was asked for a watch', () => {
  const sets = (count: number): void => server.set('settings', { data: { 'config.json': settings(count) } });

  it('and begins with an older object than another gave, since it lags behind, is not believed', async () => {
    sets(1);
    server.lag();
    sets(2);
    const source = aSource();
    const seen = [sharesOf(await source.read())];
    const read = async (): Promise<boolean> => seen.push(sharesOf(await source.read())) > 0;
    stop = source.watch(() => void read());
    await until('a second look', () => server.asked.length === 3);
    await until('nothing more', () => clock.now() > 10_000);
    expect([...seen, sharesOf(await source.read())].filter((count) => count !== 2)).toEqual([]);
  });

  it.each(['busy', 'ill', 'forbidden', 'token-refused', 'html'] as const)(
    'and was %s for a while is well again without a change of the object',
    async (mood) => {
      sets(1);
      const source = aSource();
      await source.read();
      stop = source.watch(() => {});
      await until('a watch', () => server.openWatches === 1);
      await clock.step(1_000);
      server.mood = mood;
      server.breakConnections();
      await until('the loss', async () => !(await source.read()).valid);
      server.mood = 'well';
      await until('the settings', async () => sharesOf(await source.read()) === 1);
    },
  );

  it('says nothing of an object that went while it was away, and is asked for it', async () => {
    sets(1);
    const source = aSource();
    await source.read();
    stop = source.watch(() => {});
    await until('a watch', () => server.openWatches === 1);
    await server.stop();
    server.remove('settings');
    server.forget();
    await server.start();
    await until('the loss', async () => {
      const reading = await source.read();
      return !reading.valid && reading.problems[0]?.code === 'KUBERNETES_CONFIG_MAP_MISSING';
    });
  });
});

describe('the last good settings', () => {
  it('are used where the server cannot be reached at a start, and only then', async () => {
    server.set('settings', { data: { 'config.json': settings(6) } });
    await aSource({ stateDirectory: join(home, 'state') }).read();
    const [file = ''] = readdirSync(join(home, 'state'));
    expect(statSync(join(home, 'state', file)).mode & 0o777).toBe(0o600);
    server.mood = 'ill';
    const reading = await aSource({ stateDirectory: join(home, 'state') }).read();
    expect(sharesOf(reading)).toBe(6);
    expect(reading.warnings).toMatchObject([{ code: 'KUBERNETES_SETTINGS_CACHED' }]);
    server.mood = 'forbidden';
    expect(theProblem(await aSource({ stateDirectory: join(home, 'state') }).read()).code).toBe('KUBERNETES_FORBIDDEN');
  });

  it('are not replaced by bad ones', async () => {
    const source = aSource({ stateDirectory: home });
    server.set('settings', { data: { 'config.json': settings(6) } });
    await source.read();
    server.set('settings', { data: { 'config.json': '{}' } });
    await source.read();
    server.mood = 'ill';
    expect(sharesOf(await aSource({ stateDirectory: home }).read())).toBe(6);
  });

  it('are not used in the place of newer ones that could not be kept', async () => {
    const stateDirectory = join(home, 'state');
    server.set('settings', { data: { 'config.json': settings(6) } });
    await aSource({ stateDirectory }).read();
    const [file = ''] = readdirSync(stateDirectory);
    const source = aSource({ stateDirectory });
    server.set('settings', { data: { 'config.json': settings(7) } });
    // As on a disk that is full.
    mkdirSync(join(stateDirectory, `${file}.new`));
    expect((await source.read()).warnings).toMatchObject([{ code: 'KUBERNETES_SETTINGS_CACHE_WRITE_FAILED' }]);
    server.mood = 'ill';
    expect(theProblem(await source.read()).code).toBe('KUBERNETES_UNREACHABLE');
  });

  it.each([
    ['cut off', '{"key": "config.j', 'it is not JSON'],
    ['empty', '', 'it is not JSON'],
    ['of another form', '[]', 'it does not have the form'],
    [
      'of settings that are not good',
      JSON.stringify({ key: 'config.json', text: '{"configList": 3}' }),
      'configList is 3',
    ],
  ])('that are %s are not used, which is said', async (_name, text, why) => {
    const stateDirectory = join(home, 'state');
    server.set('settings', { data: { 'config.json': settings(6) } });
    await aSource({ stateDirectory }).read();
    writeFileSync(join(stateDirectory, readdirSync(stateDirectory)[0] ?? ''), text);
    server.mood = 'ill';
    const reading = await aSource({ stateDirectory }).read();
    expect(theProblem(reading).code).toBe('KUBERNETES_UNREACHABLE');
    expect(reading.warnings).toMatchObject([
      { code: 'KUBERNETES_SETTINGS_CACHE_UNUSABLE', message: expect.stringContaining(why) },
    ]);
  });

  it('under another key than the one that is named are not used', async () => {
    server.set('settings', { data: { 'config.json': settings(6) } });
    await aSource({ stateDirectory: home }).read();
    server.mood = 'ill';
    expect(theProblem(await aSource({ stateDirectory: home, key: 'node.json' }).read()).code).toBe(
      'KUBERNETES_UNREACHABLE',
    );
  });

  it('that cannot be kept are a warning', async () => {
    writeFileSync(join(home, 'file'), '');
    server.set('settings', { data: { 'config.json': settings(6) } });
    expect((await aSource({ stateDirectory: join(home, 'file') }).read()).warnings).toMatchObject([
      { code: 'KUBERNETES_SETTINGS_CACHE_WRITE_FAILED' },
    ]);
  });
});
