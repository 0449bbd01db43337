// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '#domain/problem/problem.ts';

/** Where to listen. Without a host, on all interfaces; port 0 lets the system choose. */
export interface ListenAddress {
  readonly host: string | undefined;
  readonly port: number;
}

const addressForm = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/;

/** Reads `127.0.0.1:9464`, `:9464`, `[::1]:9464` or `localhost:9464`. Returns null for anything else. */
export function parseListenAddress(text: string): ListenAddress | null {
  const [, bracketed, plain, port] = addressForm.exec(text.trim()) ?? [];
  if (port === undefined || Number(port) > 65_535) return null;
  return { host: (bracketed ?? plain) || undefined, port: Number(port) };
}

export function addressInvalid(text: string): Problem {
  return createProblem('METRICS_ADDRESS_INVALID', {
    subject: '--http-address',
    message: `--http-address is "${text}"; it must be [host]:port with a port from 0 to 65535.`,
    remedy: 'Set :9464 for all interfaces of the node or pod, or 127.0.0.1:9464 for this machine only.',
  });
}

/** `cause` is the operating system's code, such as EADDRINUSE. */
export function addressUnusable(text: string, cause: string): Problem {
  return createProblem('METRICS_ADDRESS_UNUSABLE', {
    subject: '--http-address',
    message: `HTTP cannot be served on ${text}: ${causes.get(cause) ?? cause}.`,
    remedy: 'Set --http-address to another address, or remove the flag to serve nothing.',
  });
}

const causes: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'the address is already in use'],
  ['EADDRNOTAVAIL', 'the address does not belong to this machine'],
  ['EACCES', 'this process is not permitted to use that port'],
  ['ENOTFOUND', 'the host name does not resolve'],
]);
