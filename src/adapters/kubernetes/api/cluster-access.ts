// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProblemError } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import { credentialsUnreadable, notInCluster, serverAddressInvalid } from './problems.ts';

/** Where the kubelet mounts a pod's token, CA and namespace (serviceaccount admission, DefaultAPITokenMountPath). */
const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What authenticates one connection to the API server: a bearer token, and TLS options of Node.js with PEM texts. */
export interface Credentials {
  readonly token: string | undefined;
  readonly ca: string | undefined;
  readonly cert?: string;
  readonly key?: string;
  /** Whether the server's certificate is verified. */
  readonly rejectUnauthorized: boolean;
}

/** How to reach the API server of a cluster. */
export interface ClusterAccess {
  readonly server: URL;
  /** The namespace of names that are given without one. */
  readonly namespace: string;
  /**
   * Reads the credentials at each call, because the kubelet renews tokens while the program runs and a CA may change.
   * Throws a ProblemError if they cannot be read.
   */
  credentials(): Credentials;
}

/** What every adapter for a cluster needs. */
export interface ClusterParts {
  readonly access: ClusterAccess;
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
}

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
      rejectUnauthorized: true,
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

/** Reads a file that holds a credential. Throws a ProblemError if it cannot be read. */
export function readCredential(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ProblemError([credentialsUnreadable(path, error)], { cause: error });
  }
}
