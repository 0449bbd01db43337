// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { Clock } from '#ports/clock.ts';
import type { ClusterAccess } from './cluster-access.ts';

/** For the head of a response. */
const headMs = 10_000;

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly accept?: string;
  readonly content?: { readonly type: string; readonly text: string };
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request over a connection of its own and resolves to the response when its head has arrived. Rejects with the
 * error of node:http or node:https, or with that of the credentials.
 */
export async function send(access: ClusterAccess, clock: Clock, apiRequest: ApiRequest): Promise<IncomingMessage> {
  const options = await optionsFor(access, apiRequest);
  const { request } = options.protocol === 'http:' ? await import('node:http') : await import('node:https');
  return await new Promise<IncomingMessage>((resolve, reject) => {
    // It throws at once if a certificate is not PEM, or if the token cannot stand in a header.
    const call = request(options);
    const cancel = clock.after(headMs, () => call.destroy(new Error(`no response within ${headMs / 1000} s`)));
    call.once('response', (response) => {
      cancel();
      resolve(response);
    });
    call.once('error', (error) => {
      cancel();
      reject(error);
    });
    call.end(apiRequest.content?.text);
  });
}

async function optionsFor(access: ClusterAccess, apiRequest: ApiRequest): Promise<RequestOptions> {
  const { server } = access;
  const { method, path, accept = 'application/json', content, signal } = apiRequest;
  const { ca, token, clientCertificate, clientKey, verify } = await access.credentials();
  const tls = {
    ...(ca === null ? {} : { ca }),
    ...(clientCertificate === null ? {} : { cert: clientCertificate, key: clientKey ?? '' }),
    rejectUnauthorized: verify,
  };
  return {
    protocol: server.protocol,
    hostname: server.hostname.replace(/^\[|\]$/g, ''),
    port: server.port,
    path: `${server.pathname.replace(/\/$/, '')}${path}`,
    method,
    headers: {
      accept,
      'user-agent': 'rdma-shared-dp',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(content === undefined
        ? {}
        : { 'content-type': content.type, 'content-length': Buffer.byteLength(content.text) }),
    },
    agent: false,
    signal,
    ...tls,
  };
}
