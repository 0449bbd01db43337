// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { usualPace } from '#adapters/kubernetes/config-map/watch-pace.ts';
import { SourceFixture, problemOf } from './source-fixture.ts';

let fixture: SourceFixture;
beforeEach(async () => {
  fixture = await SourceFixture.start();
  fixture.setShares(1);
});
afterEach(() => fixture.close());

function watches(): readonly string[] {
  return fixture.server.requests.filter((request) => request.endsWith('?watch'));
}

describe('KubernetesConfigSource: the load of one of many nodes', () => {
  it('is one get and one watch at the start, even if the server has forgotten the version of the object', async () => {
    fixture.server.forgetVersions();
    await fixture.watchedSource();
    await fixture.clock.step(60_000);
    expect(fixture.server.requests).toEqual([
      'GET /api/v1/namespaces/ns/configmaps/settings',
      'GET /api/v1/namespaces/ns/configmaps?watch',
    ]);
  });

  it.each([
    [0, 300],
    [0.5, 450],
    [0.999, 600],
  ])('is a watch with a random timeout: random %d, %d s', async (random, seconds) => {
    await fixture.watchedSource({ random });
    expect(fixture.server.watchSeconds).toEqual([seconds]);
  });

  it('is the next watch at once after the timeout of one', async () => {
    await fixture.watchedSource({ pace: { ...usualPace, watchSeconds: { least: 60, most: 60 } } });
    await fixture.clock.step(60_000);
    fixture.server.endWatches();
    await fixture.until('a second watch, in no time', () => watches().length === 2, 0);
  });

  it('is the next watch within ten seconds after one broke, as the watches of all nodes did', async () => {
    await fixture.watchedSource();
    await fixture.clock.step(1_000);
    const brokeAt = fixture.clock.now();
    fixture.server.breakConnections();
    await fixture.until('a second watch', () => watches().length === 2);
    expect(fixture.clock.now() - brokeAt).toBeGreaterThanOrEqual(5_000);
  });

  it('is one watch that begins with the object after the server was down', async () => {
    const { source } = await fixture.watchedSource();
    await fixture.server.stop();
    await fixture.until('the loss', async () => !(await source.read()).valid);
    fixture.setShares(2);
    fixture.server.forgetVersions();
    await fixture.server.start();
    const before = fixture.server.requests.length;
    await fixture.readsShares(source, 2);
    expect(fixture.server.requests.slice(before)).toEqual(['GET /api/v1/namespaces/ns/configmaps?watch']);
  });

  it('is zero for as long as an overloaded server requests, and then one request', async () => {
    [fixture.server.mode, fixture.server.retryAfter] = ['overloaded', '20'];
    const source = fixture.source();
    expect(problemOf(await source.read())).toMatchObject({
      code: 'KUBERNETES_UNREACHABLE',
      message: expect.stringContaining('status 429, Too many requests'),
    });
    fixture.watch(source);
    await fixture.until('a watch that is rejected', () => watches().length === 1, 0);
    const rejectedAt = fixture.clock.now();
    await fixture.until('the next request', () => fixture.server.requests.length > 2);
    expect(fixture.clock.now() - rejectedAt).toBeGreaterThanOrEqual(20_000);
    expect(watches()).toHaveLength(2);
  });

  it('is another watch after a response with a head and no end', async () => {
    await fixture.watchedSource();
    fixture.server.mode = 'stalls';
    fixture.server.breakConnections();
    await fixture.until('a watch that stalls', () => watches().length === 2);
    fixture.server.mode = 'healthy';
    await fixture.until('a new watch', () => fixture.server.openWatches === 1);
  });
});
