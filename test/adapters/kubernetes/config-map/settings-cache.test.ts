// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SourceFixture, problemOf, sharesOf } from './source-fixture.ts';

let fixture: SourceFixture;
let stateDirectory: string;
beforeEach(async () => {
  fixture = await SourceFixture.start();
  fixture.setShares(6);
  stateDirectory = join(fixture.directory, 'state');
});
afterEach(() => fixture.close());

/** Reads the settings as an earlier process did. Returns the path of the cache. */
async function cacheSettings(): Promise<string> {
  await fixture.source({ stateDirectory }).read();
  return join(stateDirectory, readdirSync(stateDirectory)[0] ?? '');
}

describe('KubernetesConfigSource: the cache of the last good settings', () => {
  it('is used only if the server is unreachable at the start', async () => {
    const file = await cacheSettings();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    fixture.server.mode = 'unavailable';
    const reading = await fixture.source({ stateDirectory }).read();
    expect(sharesOf(reading)).toBe(6);
    expect(reading.warnings).toMatchObject([{ code: 'KUBERNETES_SETTINGS_CACHED' }]);
    fixture.server.mode = 'forbidden';
    expect(problemOf(await fixture.source({ stateDirectory }).read()).code).toBe('KUBERNETES_FORBIDDEN');
  });

  it('is not replaced by invalid settings', async () => {
    const source = fixture.source({ stateDirectory });
    await source.read();
    fixture.server.set('settings', { data: { 'config.json': '{}' } });
    await source.read();
    fixture.server.mode = 'unavailable';
    expect(sharesOf(await fixture.source({ stateDirectory }).read())).toBe(6);
  });

  it('is not used instead of newer settings that could not be cached', async () => {
    const file = await cacheSettings();
    const source = fixture.source({ stateDirectory });
    fixture.setShares(7);
    // Like a full disk.
    mkdirSync(`${file}.new`);
    expect((await source.read()).warnings).toMatchObject([{ code: 'KUBERNETES_SETTINGS_CACHE_WRITE_FAILED' }]);
    fixture.server.mode = 'unavailable';
    expect(problemOf(await source.read()).code).toBe('KUBERNETES_UNREACHABLE');
  });

  it.each([
    ['truncated', '{"key": "config.j', 'it is not JSON'],
    ['empty', '', 'it is not JSON'],
    ['in another format', '[]', 'it was not written by this program'],
    ['with invalid settings', JSON.stringify({ key: 'config.json', text: '{"configList": 3}' }), 'configList is 3'],
  ])('is not used, with a warning, if it is %s', async (_name, text, why) => {
    writeFileSync(await cacheSettings(), text);
    fixture.server.mode = 'unavailable';
    const reading = await fixture.source({ stateDirectory }).read();
    expect(problemOf(reading).code).toBe('KUBERNETES_UNREACHABLE');
    expect(reading.warnings).toMatchObject([
      { code: 'KUBERNETES_SETTINGS_CACHE_UNUSABLE', message: expect.stringContaining(why) },
    ]);
  });

  it('is not used for another key than the configured one', async () => {
    await cacheSettings();
    fixture.server.mode = 'unavailable';
    const reading = await fixture.source({ stateDirectory, key: 'node.json' }).read();
    expect(problemOf(reading).code).toBe('KUBERNETES_UNREACHABLE');
  });

  it('is a warning if it cannot be written', async () => {
    writeFileSync(stateDirectory, '');
    expect((await fixture.source({ stateDirectory }).read()).warnings).toMatchObject([
      { code: 'KUBERNETES_SETTINGS_CACHE_WRITE_FAILED' },
    ]);
  });
});
