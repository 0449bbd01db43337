// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Problem } from '#domain/problem/problem.ts';
import { livenessMs } from '../../../support/node-fixture.ts';
import { SourceFixture, problemOf, sharesOf } from './source-fixture.ts';

let fixture: SourceFixture;
beforeEach(async () => {
  fixture = await SourceFixture.start();
  fixture.setShares(1);
});
afterEach(() => fixture.close());

describe('KubernetesConfigSource: an open watch', () => {
  it('answers readings without a request', async () => {
    const { source } = await fixture.watchedSource();
    const requests = fixture.server.requests.length;
    for (let i = 0; i < 10; i += 1) expect(sharesOf(await source.read())).toBe(1);
    expect(fixture.server.requests.length).toBe(requests);
  });

  it('is resumed from a bookmark after its end, without a hint', async () => {
    const { heard } = await fixture.watchedSource();
    fixture.server.bookmark();
    await fixture.clock.step(1_000);
    fixture.server.endWatches();
    await fixture.until('a new watch', () => fixture.server.openWatches === 1);
    expect(heard.hints).toBe(0);
    expect(fixture.server.requests.filter((request) => request.endsWith('?watch'))).toHaveLength(2);
  });

  it('begins with the object again if the server has forgotten its version, and misses no change', async () => {
    const { source } = await fixture.watchedSource();
    fixture.server.endWatches();
    fixture.setShares(7);
    fixture.server.forgetVersions();
    await fixture.readsShares(source, 7);
    await fixture.until('a new watch', () => fixture.server.openWatches === 1);
  });

  it('uses a renewed token', async () => {
    const { source } = await fixture.watchedSource();
    fixture.server.token = 'second';
    fixture.server.breakConnections();
    fixture.setShares(8);
    await fixture.readsShares(source, 8);
  });

  it('ends with the last of a thousand changes', async () => {
    const { source } = await fixture.watchedSource();
    for (let count = 1; count <= 1_000; count += 1) {
      fixture.setShares(count);
      if (count % 250 === 0) fixture.server.breakConnections();
    }
    await fixture.readsShares(source, 1_000);
  });

  it.each(['hangs', 'html', 'unavailable', 'forbidden', 'watch-forbidden', 'healthy'] as const)(
    'stops at once and leaves no timer: %s',
    async (mode) => {
      fixture.server.mode = mode;
      for (const steps of [0, 1, 3, 20]) {
        const heard = fixture.watch(fixture.source());
        for (let i = 0; i < steps; i += 1) await fixture.clock.step(100);
        fixture.stopWatches();
        const { hints } = heard;
        await fixture.until('no timer', () => fixture.clock.pending === 0);
        expect(heard.hints).toBe(hints);
      }
    },
  );
});

describe('KubernetesConfigSource: a watch that the server rejects', () => {
  it('is a warning next to the settings if the get is allowed', async () => {
    fixture.server.mode = 'watch-forbidden';
    const source = fixture.source();
    await source.read();
    fixture.watch(source);
    let warnings: readonly Problem[] = [];
    await fixture.until('a warning', async () => {
      const reading = await source.read();
      if (reading.valid) ({ warnings } = reading);
      return warnings.length > 0;
    });
    expect(warnings).toMatchObject([{ code: 'KUBERNETES_FORBIDDEN' }]);
    fixture.server.mode = 'healthy';
    await fixture.until('no warning', async () => {
      const reading = await source.read();
      return reading.valid && reading.warnings.length === 0;
    });
    expect((await source.read()).warnings).toEqual([]);
  });

  // An API server that has just started does not know its roles yet.
  it.each(['forbidden', 'token-rejected'] as const)('is not reported if that is brief: %s', async (mode) => {
    const { source, heard } = await fixture.watchedSource();
    fixture.server.mode = mode;
    fixture.server.breakConnections();
    const requests = fixture.server.requests.length;
    await fixture.until('two rejections', () => fixture.server.requests.length === requests + 2);
    fixture.server.mode = 'healthy';
    await fixture.until('a new watch', () => fixture.server.openWatches === 1);
    expect(heard.hints).toBe(0);
    expect(sharesOf(await source.read())).toBe(1);
  });

  it.each([
    ['forbidden', 'KUBERNETES_FORBIDDEN'],
    ['token-rejected', 'KUBERNETES_TOKEN_REJECTED'],
  ] as const)(
    'is reported once if that lasts: %s',
    async (mode, code) => {
      const { source, heard } = await fixture.watchedSource();
      fixture.server.mode = mode;
      fixture.server.breakConnections();
      await fixture.until('the rejection', () => heard.hints > 0);
      expect(problemOf(await source.read()).code).toBe(code);
      const requests = fixture.server.requests.length;
      await fixture.until('more rejections', () => fixture.server.requests.length > requests + 2);
      expect(heard.hints).toBe(1);
      fixture.server.mode = 'healthy';
      await fixture.readsShares(source, 1);
      expect(heard.hints).toBe(2);
    },
    livenessMs,
  );
});

describe('KubernetesConfigSource: a watch of a server that fails', () => {
  it('hints once when the server becomes unreachable, whatever the reason, and once when it responds again', async () => {
    const { source, heard } = await fixture.watchedSource();
    await fixture.server.stop();
    await fixture.until('the loss', () => heard.hints === 1);
    fixture.server.mode = 'unavailable';
    await fixture.server.start();
    const requests = fixture.server.requests.length;
    await fixture.until('another reason', () => fixture.server.requests.length > requests + 2);
    expect(heard.hints).toBe(1);
    fixture.server.mode = 'healthy';
    await fixture.readsShares(source, 1);
    expect(heard.hints).toBe(2);
  });

  it('is retried with growing pauses and leaves no timer', async () => {
    await fixture.watchedSource();
    await fixture.server.stop();
    await fixture.clock.step(120_000);
    const requests = fixture.server.requests.length;
    await fixture.server.start();
    await fixture.until('a new watch', () => fixture.server.openWatches === 1);
    expect(fixture.server.requests.length - requests).toBeLessThanOrEqual(4);
    fixture.stopWatches();
    await fixture.until('no timer', () => fixture.clock.pending === 0);
  });

  it.each(['overloaded', 'unavailable', 'forbidden', 'token-rejected', 'html'] as const)(
    'recovers without a change of the object: %s',
    async (mode) => {
      const { source } = await fixture.watchedSource();
      await fixture.clock.step(1_000);
      fixture.server.mode = mode;
      fixture.server.breakConnections();
      await fixture.until('the loss', async () => !(await source.read()).valid);
      fixture.server.mode = 'healthy';
      await fixture.readsShares(source, 1);
      expect(fixture.server.openWatches).toBe(1);
    },
  );

  it('finds that the object was deleted meanwhile', async () => {
    const { source } = await fixture.watchedSource();
    await fixture.server.stop();
    fixture.server.remove('settings');
    fixture.server.forgetVersions();
    await fixture.server.start();
    await fixture.until('the loss', async () => {
      const reading = await source.read();
      return !reading.valid && reading.problems[0]?.code === 'KUBERNETES_CONFIG_MAP_MISSING';
    });
  });

  it('does not believe an older object of a server that lags behind another one', async () => {
    fixture.server.lag();
    fixture.setShares(2);
    const source = fixture.source();
    const shares = [sharesOf(await source.read())];
    fixture.watch(source, async () => void shares.push(sharesOf(await source.read())));
    await fixture.until('a second get', () => fixture.server.requests.length === 3);
    await fixture.until('no other change', () => fixture.clock.now() > 10_000);
    expect([...shares, sharesOf(await source.read())].filter((count) => count !== 2)).toEqual([]);
  });
});
