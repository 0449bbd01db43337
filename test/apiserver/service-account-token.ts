// SPDX-License-Identifier: Apache-2.0
import { type KeyObject, sign } from 'node:crypto';
import { issuer } from './real-api-server.ts';

export interface TokenSubject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** How long a token is accepted after it has expired (go-jose: jwt.DefaultLeeway), in seconds. */
const leewaySeconds = 60;

/**
 * Returns a token like those of a TokenRequest, which would be valid for at least 10 minutes (apis/authentication,
 * ValidateTokenRequest). `seconds` is how long the server accepts it.
 */
export function serviceAccountToken(key: KeyObject, { namespace, name, uid }: TokenSubject, seconds: number): string {
  const now = Math.floor(Date.now() / 1000);
  const issuedAt = now - 2 * leewaySeconds;
  const claims = {
    iss: issuer,
    aud: [issuer],
    sub: `system:serviceaccount:${namespace}:${name}`,
    iat: issuedAt,
    nbf: issuedAt,
    exp: now + seconds - leewaySeconds,
    'kubernetes.io': { namespace, serviceaccount: { name, uid } },
  };
  const signed = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}
