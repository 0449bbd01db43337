// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseYaml } from '#adapters/settings/document/parse-yaml.ts';
import { inClusterAccess } from '#adapters/kubernetes/api/cluster-access.ts';
import { kubeconfigAccess } from '#adapters/kubernetes/api/kubeconfig-access.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rdma-access-'));
});
afterEach(() => rmSync(home, { recursive: true }));

describe('inClusterAccess', () => {
  const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };

  it('reads the token at each call, because the kubelet renews it', async () => {
    const directory = join(home, 'serviceaccount');
    mkdirSync(directory);
    for (const [name, text] of [
      ['token', 'one\n'],
      ['ca.crt', 'CA'],
      ['namespace', 'kube-system'],
    ] as const)
      writeFileSync(join(directory, name), text);
    const access = await inClusterAccess(environment, directory);
    expect([access.server.href, access.namespace]).toEqual(['https://[fd00::1]:6443/', 'kube-system']);
    expect((await access.credentials()).token).toBe('one');
    writeFileSync(join(directory, 'token'), 'two');
    expect((await access.credentials()).token).toBe('two');
  });

  it('rejects outside a pod', async () => {
    await expect(inClusterAccess({})).rejects.toThrow('KUBERNETES_SERVICE_HOST is not set');
  });

  it('uses port 443 and the namespace default if neither is given', async () => {
    const access = await inClusterAccess({ KUBERNETES_SERVICE_HOST: '10.96.0.1' }, home);
    expect([access.server.href, access.namespace]).toEqual(['https://10.96.0.1/', 'default']);
  });

  it('names an address that is invalid', async () => {
    await expect(
      inClusterAccess({ KUBERNETES_SERVICE_HOST: 'a b', KUBERNETES_SERVICE_PORT: 'x' }, home),
    ).rejects.toThrow('KUBERNETES_SERVICE_HOST is "a b" and KUBERNETES_SERVICE_PORT is "x"');
  });

  it('names a missing file until it exists', async () => {
    const access = await inClusterAccess(environment, home);
    writeFileSync(join(home, 'ca.crt'), 'CA');
    await expect(access.credentials()).rejects.toThrow(`${home}/token (ENOENT)`);
    writeFileSync(join(home, 'token'), 'late');
    expect((await access.credentials()).token).toBe('late');
  });

  it('names the first of several missing files', async () => {
    const access = await inClusterAccess(environment, home);
    await expect(access.credentials()).rejects.toThrow(`${home}/ca.crt (ENOENT)`);
  });
});

describe('kubeconfigAccess', () => {
  const write = (user: object, server: unknown = 'https://api.example:6443/prefix'): string => {
    const path = join(home, 'config');
    const context = { cluster: 'c', user: 'u', namespace: 'team' };
    const config = {
      'current-context': 'x',
      contexts: [{ name: 'x', context }],
      clusters: [{ name: 'c', cluster: { server, 'certificate-authority': 'ca.pem' } }],
      users: [{ name: 'u', user }],
    };
    writeFileSync(path, JSON.stringify(config));
    return path;
  };

  it('uses the current context, with files next to it and inline data', async () => {
    writeFileSync(join(home, 'ca.pem'), 'CA');
    const access = await kubeconfigAccess(
      write({ 'client-certificate-data': 'Q0VSVA==', 'client-key-data': 'S0VZ' }),
      parseYaml,
    );
    expect([access.server.href, access.namespace]).toEqual(['https://api.example:6443/prefix', 'team']);
    expect(await access.credentials()).toEqual({
      ca: 'CA',
      token: undefined,
      cert: 'CERT',
      key: 'KEY',
      rejectUnauthorized: true,
    });
  });

  it.each([
    ['a user with a credential program', { exec: { command: 'aws' } }, 'https://a', 'gets credentials from exec'],
    ['a server that is not a URL', {}, 'api.example', 'its server is "api.example"'],
  ])('rejects a kubeconfig with %s', async (_name, user, server, words) => {
    await expect(kubeconfigAccess(write(user, server), parseYaml)).rejects.toThrow(words);
  });

  it.each([
    ['no current context', '{}', 'it does not say which context to use'],
    ['invalid YAML', 'a: [', 'it is not valid YAML'],
  ])('rejects a kubeconfig with %s', async (_name, text, words) => {
    writeFileSync(join(home, 'config'), text);
    await expect(kubeconfigAccess(join(home, 'config'), parseYaml)).rejects.toThrow(words);
  });
});
