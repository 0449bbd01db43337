// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { Clock } from '#ports/clock.ts';
import { withDeadline } from '#timing/deadline.ts';
import type { ClusterAccess } from './cluster-access.ts';

/** How long the server may take to send the head of a response. */
const headMs = 10_000;

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  /** JSON if it is not set. */
  readonly accept?: string | undefined;
  readonly content?: { readonly type: string; readonly text: string };
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request over a connection of its own and resolves to the response when its head has arrived. Rejects with the
 * error of node:http or node:https, or with that of the credentials.
 */
export async function send(access: ClusterAccess, clock: Clock, apiRequest: ApiRequest): Promise<IncomingMessage> {
  const { server } = access;
  const options = await withDeadline(clock, headMs, optionsFor(access, apiRequest), () => {
    throw new Error(`the credentials could not be read within ${headMs / 1000} s`);
  });
  const url = new URL(`${server.pathname.replace(/\/$/, '')}${apiRequest.path}`, server);
  const { request } = url.protocol === 'http:' ? await import('node:http') : await import('node:https');
  // Throws immediately if a certificate is not PEM, or if the token contains a character that a header must not have.
  const call = request(url, options);
  const cancel = clock.after(headMs, () => call.destroy(new Error(`no response within ${headMs / 1000} s`)));
  call.end(apiRequest.content?.text);
  return await new Promise<IncomingMessage>((resolve, reject) => {
    call
      .once('response', resolve)
      .once('error', reject)
      // A 101 that nobody asked for: node:http hands over the socket, and neither responds nor fails.
      .once('upgrade', (_response, socket) => {
        socket.destroy();
        reject(new Error('the server switched protocols (status 101)'));
      })
      .once('close', () => reject(new Error('the connection was closed before a response')));
  }).finally(cancel);
}

async function optionsFor(access: ClusterAccess, apiRequest: ApiRequest): Promise<RequestOptions> {
  const { token, ...tls } = await access.credentials();
  const { method, accept = 'application/json', content, signal } = apiRequest;
  return {
    method,
    headers: {
      accept,
      'user-agent': 'rdma-shared-dp',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(content === undefined ? {} : { 'content-type': content.type }),
    },
    agent: false,
    signal,
    ...tls,
  };
}
