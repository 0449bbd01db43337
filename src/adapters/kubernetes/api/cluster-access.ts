// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { ProblemError } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import { credentialsUnreadable } from './problems.ts';

/** What authenticates one connection to the API server. Texts are PEM; null means not used. */
export interface Credentials {
  readonly ca: string | null;
  readonly token: string | null;
  readonly clientCertificate: string | null;
  readonly clientKey: string | null;
  /** Whether the server's certificate is verified. */
  readonly verify: boolean;
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

/** Reads a file that holds a credential. Throws a ProblemError if it cannot be read. */
export function readCredential(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ProblemError([credentialsUnreadable(path, error)], { cause: error });
  }
}
