// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError, hasCode } from '#domain/problem/problem.ts';
import { type ApiResponse, isUnavailable } from './client.ts';
import { member } from './json.ts';
import { tokenRejected, unexpectedResponse, unreachable } from './problems.ts';

/** Problems that depend on the object that was requested. */
export interface ObjectProblems {
  /** `reason` is the message of the API server, in one line. */
  forbidden(reason: string): Problem;
  missing(): Problem;
}

/** Returns what a response with a status other than 200 means. */
export function problemOfResponse(response: ApiResponse, server: URL, problems: ObjectProblems): Problem {
  const { status, body } = response;
  if (status === 403) return problems.forbidden(reasonOf(response));
  // A 404 of a proxy has no Status.
  if (status === 404 && member(body, 'kind') === 'Status') return problems.missing();
  if (status === 401) return tokenRejected(server);
  const found = describeResponse(response);
  return isUnavailable(status) ? unreachable(server, found) : unexpectedResponse(server, found);
}

/** Returns why a call of the client failed. Throws `error` again if it is a defect. */
export function problemOfError(error: unknown): Problem {
  const [problem] = error instanceof ProblemError ? error.problems : [];
  if (problem === undefined) throw error;
  return problem;
}

/** Whether no API server responded, or only one that cannot serve requests now. */
export function isUnreachable(problem: Problem | null): boolean {
  return problem !== null && hasCode(problem, 'KUBERNETES_UNREACHABLE');
}

export function describeResponse(response: ApiResponse): string {
  return `status ${response.status}, ${messageOfStatus(response)}`;
}

/** Returns the message of a Status in one line of at most 300 characters. */
export function reasonOf(response: ApiResponse): string {
  return messageOfStatus(response).replace(/\s+/g, ' ').slice(0, 300);
}

function messageOfStatus({ body }: ApiResponse): string {
  const message = member(body, 'message');
  return typeof message === 'string' ? message : 'no reason given';
}
