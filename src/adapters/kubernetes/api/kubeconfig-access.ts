// SPDX-License-Identifier: Apache-2.0
import { readTextFile } from '#adapters/host/bounded-file.ts';
import { errorCode } from '#adapters/host/error-code.ts';
import { ProblemError } from '#domain/problem/problem.ts';
import { dirname, resolve } from 'node:path';
import { type ClusterAccess, type Credentials, readCredential } from './cluster-access.ts';
import { member } from './json.ts';
import { kubeconfigUnusable } from './problems.ts';

/**
 * Returns the access of the current context of a kubeconfig, for development: tokens and client certificates, as files
 * or inline. Rejects with a ProblemError if the kubeconfig cannot be used. Credential programs and plugins (exec,
 * auth-provider) are not supported.
 */
export async function kubeconfigAccess(
  path: string,
  parseYaml: (text: string) => Promise<unknown>,
): Promise<ClusterAccess> {
  const config = await read(path, parseYaml);
  const context = findEntry(config, 'context', member(config, 'current-context'), path);
  const cluster = findEntry(config, 'cluster', member(context, 'cluster'), path);
  const user = findEntry(config, 'user', member(context, 'user'), path);
  for (const kind of ['exec', 'auth-provider'])
    if (member(user, kind) !== undefined)
      throw unusable(path, `its user gets credentials from ${kind}, which is not supported`);
  const namespace = member(context, 'namespace');
  return {
    server: serverOf(cluster, path),
    namespace: typeof namespace === 'string' && namespace !== '' ? namespace : 'default',
    credentials: () => credentialsOf(cluster, user, dirname(resolve(path))),
  };
}

async function read(path: string, parseYaml: (text: string) => Promise<unknown>): Promise<unknown> {
  let text: string;
  try {
    text = await readTextFile(path);
  } catch (error) {
    throw unusable(path, `it cannot be read (${errorCode(error)})`);
  }
  try {
    return await parseYaml(text);
  } catch (error) {
    throw unusable(path, `it is not valid YAML (${errorCode(error).split('\n')[0]})`);
  }
}

/** Finds the entry with that name in the list for its kind, such as `contexts` for `context`. */
function findEntry(config: unknown, kind: string, name: unknown, path: string): unknown {
  const entries = member(config, `${kind}s`);
  const entry: unknown = Array.isArray(entries) ? entries.find((each) => member(each, 'name') === name) : undefined;
  const content = member(entry, kind);
  if (typeof name !== 'string') throw unusable(path, `it does not say which ${kind} to use`);
  if (content === undefined) throw unusable(path, `it has no ${kind} "${name}"`);
  return content;
}

function serverOf(cluster: unknown, path: string): URL {
  const text = member(cluster, 'server');
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw unusable(path, `its server is ${JSON.stringify(text)}, which is not an http or https URL`);
  return url;
}

async function credentialsOf(cluster: unknown, user: unknown, directory: string): Promise<Credentials> {
  const token = member(user, 'token');
  const cert = await pemOf(user, 'client-certificate', directory);
  return {
    ca: await pemOf(cluster, 'certificate-authority', directory),
    token: typeof token === 'string' ? token : (await fileText(user, 'tokenFile', directory))?.trim(),
    // A certificate without its key is an error, which an empty key reports.
    ...(cert === undefined ? {} : { cert, key: (await pemOf(user, 'client-key', directory)) ?? '' }),
    rejectUnauthorized: member(cluster, 'insecure-skip-tls-verify') !== true,
  };
}

/** Returns the inline data of a key, or the text of the file that the key names; undefined if there is neither. */
async function pemOf(entry: unknown, key: string, directory: string): Promise<string | undefined> {
  const data = member(entry, `${key}-data`);
  return typeof data === 'string'
    ? Buffer.from(data, 'base64').toString('utf8')
    : await fileText(entry, key, directory);
}

async function fileText(entry: unknown, key: string, directory: string): Promise<string | undefined> {
  const file = member(entry, key);
  return typeof file === 'string' ? await readCredential(resolve(directory, file)) : undefined;
}

function unusable(path: string, why: string): ProblemError {
  return new ProblemError([kubeconfigUnusable(path, why)]);
}
