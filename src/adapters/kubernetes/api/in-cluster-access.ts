// SPDX-License-Identifier: Apache-2.0
import { ProblemError } from '#domain/problem/problem.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterAccess, readCredential } from './cluster-access.ts';
import { notInCluster, serverAddressInvalid } from './problems.ts';

/** Where the kubelet mounts a pod's token, CA and namespace (serviceaccount admission, DefaultAPITokenMountPath). */
const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Returns the access of the ServiceAccount of the pod that this program runs in. Throws a ProblemError outside a pod.
 * Only tests set `directory`.
 */
export function inClusterAccess(environment: NodeJS.ProcessEnv, directory = serviceAccountDirectory): ClusterAccess {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment;
  if (host === undefined || host === '') throw new ProblemError([notInCluster]);
  const address = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (!URL.canParse(address)) throw new ProblemError([serverAddressInvalid(host, port)]);
  return {
    server: new URL(address),
    namespace: readNamespace(directory),
    credentials: () => ({
      ca: readCredential(join(directory, 'ca.crt')),
      token: readCredential(join(directory, 'token')).trim(),
      clientCertificate: null,
      clientKey: null,
      verify: true,
    }),
  };
}

function readNamespace(directory: string): string {
  try {
    return readFileSync(join(directory, 'namespace'), 'utf8').trim() || 'default';
  } catch {
    return 'default';
  }
}
