// SPDX-License-Identifier: Apache-2.0
import { type Actor, type ProblemCode, problemCatalogue } from './catalogue.ts';

/**
 * One thing that is wrong, in the words of the person who has to act: what was found, and how to resolve it. `subject` is
 * what the problem is about: a path in the settings document, an HCA, a resource or a file. `message` and `remedy` are
 * whole sentences without line breaks. `code` is one of the catalogue (see createProblem), or one that a third-party discovery module chose.
 */
export interface Problem {
  readonly code: string;
  readonly actor: Actor;
  readonly subject: string;
  readonly message: string;
  readonly remedy: string;
}

/** A problem of this program; who must act comes from the catalogue. */
export function createProblem(code: ProblemCode, text: Pick<Problem, 'subject' | 'message' | 'remedy'>): Problem {
  return { code, actor: problemCatalogue[code].actor, ...text };
}

/** Whether a problem has this code of the catalogue. */
export function hasCode(problem: Problem, ...codes: readonly ProblemCode[]): boolean {
  return codes.some((code) => code === problem.code);
}

/** Thrown where a caller cannot go on; carries the problems that a person has to see. Never for expected refusals. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  constructor(
    readonly problems: readonly Problem[],
    options?: ErrorOptions,
  ) {
    super(problems.map((problem) => problem.message).join('\n'), options);
  }
}

/** What an unknown error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
