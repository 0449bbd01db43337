// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { looseObject, number, optional, parse, string } from 'valibot';

const line = looseObject({
  auditID: string(),
  verb: string(),
  requestURI: string(),
  userAgent: optional(string(), ''),
  user: looseObject({ username: optional(string(), '') }),
  responseStatus: optional(looseObject({ code: optional(number(), 0) })),
});

/** Logs all requests except those of the server itself and of its administrator. */
export const auditPolicy = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'None', users: ['admin', 'system:apiserver'] }, { level: 'Metadata' }],
});

/** One request in the audit log. `uri` has no query. */
export interface AuditedRequest {
  readonly user: string;
  readonly agent: string;
  readonly verb: string;
  readonly uri: string;
  readonly status: number;
}

/** Returns the requests in the audit log, each once: the log has a watch when it begins and again when it ends. */
export function auditedRequests(file: string): readonly AuditedRequest[] {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text !== '');
  const byId = new Map(lines.map((text) => parse(line, JSON.parse(text))).map((found) => [found.auditID, found]));
  return [...byId.values()].map(({ user, userAgent, verb, requestURI, responseStatus }) => ({
    user: user.username,
    agent: userAgent,
    verb,
    uri: requestURI.replace(/\?.*$/, ''),
    status: responseStatus?.code ?? 0,
  }));
}
