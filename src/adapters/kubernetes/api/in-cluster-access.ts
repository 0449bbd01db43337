// SPDX-License-Identifier: Apache-2.0
import { ProblemError } from '#domain/problem/problem.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterAccess } from './cluster-access.ts';
import { credentialsUnreadable, notInCluster, serverAddressStrange } from './problems.ts';

/** Where the kubelet puts a pod's token, CA and namespace (serviceaccount admission, DefaultAPITokenMountPath). */
export const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Access by the ServiceAccount of the pod that this program runs in. Throws a ProblemError where it runs in none. `directory`
 * is given by tests alone.
 */
export function inClusterAccess(environment: NodeJS.ProcessEnv, directory = serviceAccountDirectory): ClusterAccess {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (host === undefined || host === '') throw new ProblemError([notInCluster]);
  const address = `https://${host.includes(':') ? `[${host}]` : host}:${port ?? '443'}`;
  if (!URL.canParse(address)) throw new ProblemError([serverAddressStrange(host, port ?? '443')]);
  return {
    server: new URL(address),
    namespace: textOf(join(directory, 'namespace'), 'default'),
    credentials: async () =>
      await Promise.resolve({
        ca: requiredText(join(directory, 'ca.crt')),
        token: requiredText(join(directory, 'token')).trim(),
        clientCertificate: null,
        clientKey: null,
        verify: true,
      }),
  };
}

function textOf(path: string, fallback: string): string {
  try {
    return readFileSync(path, 'utf8').trim() || fallback;
  } catch {
    return fallback;
  }
}

function requiredText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ProblemError([credentialsUnreadable(path, error)]);
  }
}
