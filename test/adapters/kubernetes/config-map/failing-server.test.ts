// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { tlsFixture } from '../../../support/fake-api-server.ts';
import { SourceFixture, problemOf } from './source-fixture.ts';

let fixture: SourceFixture;
beforeEach(async () => {
  fixture = await SourceFixture.start();
});
afterEach(() => fixture.close());

describe('KubernetesConfigSource: a server that does not send the ConfigMap', () => {
  const cases = [
    ['forbidden', 'KUBERNETES_FORBIDDEN', "resourceNames: ['settings'], verbs: [get, watch]"],
    ['token-rejected', 'KUBERNETES_TOKEN_REJECTED', 'ServiceAccount'],
    ['html', 'KUBERNETES_UNEXPECTED_RESPONSE', 'proxy'],
    ['unavailable', 'KUBERNETES_UNREACHABLE', 'API server runs'],
  ] as const;
  it.each(cases)('is a problem with a remedy: %s', async (mode, code, remedy) => {
    fixture.setShares(1);
    fixture.server.mode = mode;
    const reading = await fixture.source().read();
    expect(problemOf(reading).code).toBe(code);
    expect(problemOf(reading).remedy).toContain(remedy);
  });

  it('is given up after ten seconds', async () => {
    fixture.server.mode = 'hangs';
    const reading = fixture.source().read();
    let settled = false;
    void reading.then(() => {
      settled = true;
    });
    await fixture.until('a reading', () => settled);
    expect(problemOf(await reading)).toMatchObject({
      code: 'KUBERNETES_UNREACHABLE',
      message: expect.stringContaining('no response within 10 s'),
    });
  });

  it('is unreachable if a load balancer responds in its place', async () => {
    fixture.server.mode = 'bad-gateway';
    expect(problemOf(await fixture.source().read())).toMatchObject({
      code: 'KUBERNETES_UNREACHABLE',
      message: expect.stringContaining('status 502'),
    });
  });

  it.each(['html', 'hangs', 'unavailable', 'forbidden', 'token-rejected'] as const)(
    'is asked again until it sends the settings: %s',
    async (mode) => {
      fixture.setShares(1);
      fixture.server.mode = mode;
      const source = fixture.source();
      fixture.watch(source);
      await fixture.until('some attempts', () => fixture.server.requests.length >= 3);
      fixture.server.mode = 'healthy';
      await fixture.readsShares(source, 1);
    },
  );

  it('is asked again until it has the ConfigMap', async () => {
    const source = fixture.source();
    expect(problemOf(await source.read()).code).toBe('KUBERNETES_CONFIG_MAP_MISSING');
    fixture.watch(source);
    fixture.setShares(5);
    await fixture.readsShares(source, 5);
  });
});

describe('KubernetesConfigSource: credentials', () => {
  it.each([
    ['of another CA', 'other-ca.crt', (pem: string) => pem],
    ['that is not PEM', 'ca.crt', () => 'no PEM'],
    ['that is truncated', 'ca.crt', (pem: string) => pem.slice(0, 200)],
  ])('send no request if the CA certificate is one %s', async (_name, file, change) => {
    fixture.setShares(1);
    const source = fixture.source({ ca: () => change(tlsFixture(file)) });
    expect(problemOf(await source.read()).code).toBe('KUBERNETES_CERTIFICATE_INVALID');
    expect(fixture.server.requests).toEqual([]);
  });

  it('are reloaded, so that a corrected CA works', async () => {
    fixture.setShares(1);
    let name = 'other-ca.crt';
    const source = fixture.source({ ca: () => tlsFixture(name) });
    fixture.watch(source);
    expect(problemOf(await source.read()).code).toBe('KUBERNETES_CERTIFICATE_INVALID');
    name = 'ca.crt';
    await fixture.readsShares(source, 1);
  });

  it('are a problem if the token cannot be sent', async () => {
    fixture.server.token = 'two\nlines';
    expect(problemOf(await fixture.source().read())).toMatchObject({
      code: 'KUBERNETES_UNREACHABLE',
      message: expect.stringContaining('header content ["authorization"]'),
    });
  });

  it.each(['settings', '1e3', 'true'])('lack a rule that a Role accepts unchanged: ConfigMap %s', async (name) => {
    fixture.server.mode = 'forbidden';
    const { remedy } = problemOf(await fixture.source({ name }).read());
    expect(remedy).not.toContain('"');
    expect(parse(remedy.slice(remedy.indexOf('{')))).toEqual({
      apiGroups: [''],
      resources: ['configmaps'],
      resourceNames: [name],
      verbs: ['get', 'watch'],
    });
  });
});
