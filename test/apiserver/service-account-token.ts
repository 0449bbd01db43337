// SPDX-License-Identifier: Apache-2.0
import { type KeyObject, sign } from 'node:crypto';
import { issuer } from './real-api-server.ts';

export interface TokenSubject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** How long after its time a token is still taken (go-jose: jwt.DefaultLeeway), in seconds. */
const leewaySeconds = 60;

/**
 * A token as the API server itself makes it on a TokenRequest, which would have it last for 10 minutes at least (apis/authentication,
 * ValidateTokenRequest). `seconds` is how long the server takes it.
 */
export function serviceAccountToken(key: KeyObject, { namespace, name, uid }: TokenSubject, seconds: number): string {
  const now = Math.floor(Date.now() / 1000);
  const made = now - 2 * leewaySeconds;
  const claims = {
    iss: issuer,
    aud: [issuer],
    sub: `system:serviceaccount:${namespace}:${name}`,
    iat: made,
    nbf: made,
    exp: now + seconds - leewaySeconds,
    'kubernetes.io': { namespace, serviceaccount: { name, uid } },
  };
  const signed = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}
