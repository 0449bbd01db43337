// SPDX-License-Identifier: Apache-2.0
import { readTextFile } from '#adapters/host/bounded-file.ts';
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
   * Rejects with a ProblemError if they cannot be read.
   */
  credentials(): Promise<Credentials>;
}

/** What every adapter for a cluster needs. */
export interface ClusterParts {
  readonly access: ClusterAccess;
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
}

/**
 * Returns the access of the ServiceAccount of the pod that this program runs in. Rejects with a ProblemError outside a
 * pod.
 * Only tests set `directory`.
 */
export async function inClusterAccess(
  environment: NodeJS.ProcessEnv,
  directory = serviceAccountDirectory,
): Promise<ClusterAccess> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment;
  if (host === undefined || host === '') throw new ProblemError([notInCluster]);
  const address = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (!URL.canParse(address)) throw new ProblemError([serverAddressInvalid(host, port)]);
  return {
    server: new URL(address),
    namespace: await readNamespace(directory),
    credentials: async () => ({
      ca: await readCredential(join(directory, 'ca.crt')),
      token: (await readCredential(join(directory, 'token'))).trim(),
      rejectUnauthorized: true,
    }),
  };
}

async function readNamespace(directory: string): Promise<string> {
  try {
    return (await readTextFile(join(directory, 'namespace'))).trim() || 'default';
  } catch {
    return 'default';
  }
}

/** Reads a file that holds a credential. Rejects with a ProblemError if it cannot be read. */
export async function readCredential(path: string): Promise<string> {
  try {
    return await readTextFile(path);
  } catch (error) {
    throw new ProblemError([credentialsUnreadable(path, error)], { cause: error });
  }
}
