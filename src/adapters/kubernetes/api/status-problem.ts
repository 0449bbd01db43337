// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import { type Answer, isAway } from './client.ts';
import { member } from './value.ts';
import { strangeAnswer, tokenRefused, unreachable } from './problems.ts';

/** What the API server says beside a status that is no good answer. */
export function statusMessage({ body }: Answer): string {
  const message = member(body, 'message');
  return typeof message === 'string' ? message : 'no reason given';
}

/** Whether the answer says that there is no such object; a proxy that knows no such path has no such kind. */
export function isMissing({ status, body }: Answer): boolean {
  return status === 404 && member(body, 'kind') === 'Status';
}

/** What any other status says, whatever was asked for. */
export function problemOfStatus(answer: Answer, server: URL): Problem {
  if (answer.status === 401) return tokenRefused(server);
  const said = `status ${answer.status}, ${statusMessage(answer)}`;
  return isAway(answer.status) ? unreachable(server, said) : strangeAnswer(server, said);
}
