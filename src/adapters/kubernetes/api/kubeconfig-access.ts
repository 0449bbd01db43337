// SPDX-License-Identifier: Apache-2.0
import { errorCode } from '#adapters/host/error-code.ts';
import { ProblemError } from '#domain/problem/problem.ts';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ClusterAccess, Credentials } from './cluster-access.ts';
import { member } from './value.ts';
import { credentialsUnreadable, kubeconfigUnusable } from './problems.ts';

/**
 * Access by the current context of a kubeconfig, for development: tokens and client certificates, as files or as data. Rejects with a
 * ProblemError for one that cannot be used; programs and plugins that would fetch credentials (exec, auth-provider) are not run.
 */
export async function kubeconfigAccess(
  path: string,
  parseYaml: (text: string) => Promise<unknown>,
): Promise<ClusterAccess> {
  const config = await read(path, parseYaml);
  const context = named(config, 'contexts', 'context', member(config, 'current-context'), path);
  const cluster = named(config, 'clusters', 'cluster', member(context, 'cluster'), path);
  const user = named(config, 'users', 'user', member(context, 'user'), path);
  for (const kind of ['exec', 'auth-provider']) {
    if (member(user, kind) !== undefined)
      throw unusable(path, `its user gets credentials by ${kind}, which this program does not run`);
  }
  const namespace = member(context, 'namespace');
  return {
    server: serverOf(member(cluster, 'server'), path),
    namespace: typeof namespace === 'string' && namespace !== '' ? namespace : 'default',
    credentials: async () => await Promise.resolve(credentialsOf(cluster, user, dirname(resolve(path)))),
  };
}

async function read(path: string, parseYaml: (text: string) => Promise<unknown>): Promise<unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw unusable(path, `it cannot be read (${errorCode(error)})`);
  }
  try {
    return await parseYaml(text);
  } catch (error) {
    throw unusable(path, `it is not YAML (${errorCode(error).split('\n')[0]})`);
  }
}

/** One entry of a list of named entries. */
function named(config: unknown, list: string, kind: string, name: unknown, path: string): unknown {
  const entries = member(config, list);
  const entry: unknown = Array.isArray(entries) ? entries.find((one) => member(one, 'name') === name) : undefined;
  const found = member(entry, kind);
  if (typeof name !== 'string' || found === undefined)
    throw unusable(path, `it has no ${kind} ${typeof name === 'string' ? `"${name}"` : 'that is chosen'}`);
  return found;
}

function serverOf(text: unknown, path: string): URL {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw unusable(path, `its server is ${JSON.stringify(text)}, no http or https address`);
  return url;
}

function credentialsOf(cluster: unknown, user: unknown, directory: string): Credentials {
  const token = member(user, 'token');
  return {
    ca: pem(cluster, 'certificate-authority', directory),
    token: typeof token === 'string' ? token : (fileText(user, 'tokenFile', directory)?.trim() ?? null),
    clientCertificate: pem(user, 'client-certificate', directory),
    clientKey: pem(user, 'client-key', directory),
    verify: member(cluster, 'insecure-skip-tls-verify') !== true,
  };
}

function pem(entry: unknown, key: string, directory: string): string | null {
  const data = member(entry, `${key}-data`);
  return typeof data === 'string' ? Buffer.from(data, 'base64').toString('utf8') : fileText(entry, key, directory);
}

function fileText(entry: unknown, key: string, directory: string): string | null {
  const file = member(entry, key);
  if (typeof file !== 'string') return null;
  const path = resolve(directory, file);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ProblemError([credentialsUnreadable(path, error)]);
  }
}

function unusable(path: string, why: string): ProblemError {
  return new ProblemError([kubeconfigUnusable(path, why)]);
}
