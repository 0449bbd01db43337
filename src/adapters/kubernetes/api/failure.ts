// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError, hasCode } from '#domain/problem/problem.ts';
import { type ApiResponse, isUnavailable } from './client.ts';
import { member } from './json.ts';
import { tokenRejected, unexpectedResponse, unreachable } from './problems.ts';

/** Why a request got no object. `unreachable`: no API server responded, or one that cannot serve requests now. */
export interface ApiFailure {
  readonly problem: Problem;
  readonly unreachable: boolean;
}

/** Problems that depend on the object that was requested. */
export interface ObjectProblems {
  /** `reason` is the message of the API server, in one line. */
  forbidden(reason: string): Problem;
  missing(): Problem;
}

/** Returns what a response with a status other than 200 means. */
export function failureOfResponse(response: ApiResponse, server: URL, problems: ObjectProblems): ApiFailure {
  return { problem: problemOf(response, server, problems), unreachable: isUnavailable(response.status) };
}

function problemOf(response: ApiResponse, server: URL, problems: ObjectProblems): Problem {
  const { status } = response;
  if (status === 403) return problems.forbidden(reasonOf(response));
  if (isNotFound(response)) return problems.missing();
  if (status === 401) return tokenRejected(server);
  const found = `status ${status}, ${messageOfStatus(response)}`;
  return isUnavailable(status) ? unreachable(server, found) : unexpectedResponse(server, found);
}

/** Returns why a call of the client failed. Throws `error` again if it is a defect. */
export function failureOfError(error: unknown, server: URL): ApiFailure {
  if (!(error instanceof ProblemError)) throw error;
  const [problem = unreachable(server, 'no reason given')] = error.problems;
  return { problem, unreachable: hasCode(problem, 'KUBERNETES_UNREACHABLE') };
}

/** Returns the message of a response that is a Status object. */
export function messageOfStatus({ body }: ApiResponse): string {
  const message = member(body, 'message');
  return typeof message === 'string' ? message : 'no reason given';
}

/** Returns the message of a Status in one line of at most 300 characters. */
export function reasonOf(response: ApiResponse): string {
  return messageOfStatus(response).replace(/\s+/g, ' ').slice(0, 300);
}

/** Whether the API server has no such object. A 404 of a proxy has no Status. */
function isNotFound({ status, body }: ApiResponse): boolean {
  return status === 404 && member(body, 'kind') === 'Status';
}
