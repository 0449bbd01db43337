// SPDX-License-Identifier: Apache-2.0

/** What one connection to the API server is made with. Texts are PEM; null where it is not used. */
export interface Credentials {
  readonly ca: string | null;
  readonly token: string | null;
  readonly clientCertificate: string | null;
  readonly clientKey: string | null;
  /** Whether the server's certificate is checked at all. */
  readonly verify: boolean;
}

/**
 * How a cluster's API server is reached. `credentials` reads them afresh at each call, since tokens are renewed while the
 * program runs and a CA may change; it rejects with a ProblemError where they cannot be read.
 */
export interface ClusterAccess {
  readonly server: URL;
  /** Where names without a namespace are meant. */
  readonly namespace: string;
  credentials(): Promise<Credentials>;
}
