// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SourceFixture, problemOf, settingsOf, sharesOf } from './source-fixture.ts';

let fixture: SourceFixture;
beforeEach(async () => {
  fixture = await SourceFixture.start();
});
afterEach(() => fixture.close());

describe('KubernetesConfigSource: the key of the ConfigMap', () => {
  it('is config.yaml if there is no config.json', async () => {
    fixture.server.set('settings', {
      data: {
        'config.yaml': 'configList:\n  - resourceName: a\n    rdmaHcaMax: 4\n    selectors:\n      vendors: ["15b3"]\n',
      },
    });
    expect(sharesOf(await fixture.source().read())).toBe(4);
  });

  it('is the configured one', async () => {
    fixture.server.set('settings', { data: { 'config.json': settingsOf(1), 'node.json': settingsOf(2) } });
    expect(sharesOf(await fixture.source({ key: 'node.json' }).read())).toBe(2);
  });

  it('must be configured if both default keys exist', async () => {
    fixture.server.set('settings', { data: { 'config.json': settingsOf(1), 'config.yaml': settingsOf(2) } });
    const problem = problemOf(await fixture.source().read());
    expect(problem.code).toBe('KUBERNETES_CONFIG_MAP_AMBIGUOUS');
    expect(problem.remedy).toContain('--config-map-key');
  });
});

describe('KubernetesConfigSource: a ConfigMap without usable settings', () => {
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
      'has config.json in binaryData',
    ],
    [
      'more than 1 MiB',
      { data: { 'config.json': ' '.repeat((1 << 20) + 1) } },
      'KUBERNETES_CONFIG_MAP_TOO_LARGE',
      'has 1048577 bytes',
    ],
  ])('is a problem that says what was found: %s', async (_name, object, code, found) => {
    fixture.server.set('settings', object);
    const reading = await fixture.source().read();
    expect(problemOf(reading)).toMatchObject({ code, subject: 'ns/settings', actor: 'operator' });
    expect(problemOf(reading).message).toContain(found);
    expect(reading).toMatchObject({ retryable: true });
  });

  it('is named in the problems of its settings', async () => {
    fixture.server.set('settings', { data: { 'config.json': '{"configList": 3}' } });
    expect(problemOf(await fixture.source().read())).toMatchObject({
      code: 'CONFIG_WRONG_TYPE',
      message: expect.stringContaining('ConfigMap ns/settings, config.json'),
    });
  });
});
