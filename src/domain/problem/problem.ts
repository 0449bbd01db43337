// SPDX-License-Identifier: Apache-2.0
import { escapeControls } from '../text/printable.ts';
import { type Actor, type ProblemCode, actorOf } from './catalogue.ts';

/** Something that is wrong, described for the person who must act. */
export interface Problem {
  /** A code of the catalogue (see createProblem), or one that a third-party discovery module chose. */
  readonly code: string;
  readonly actor: Actor;
  /** What the problem is about: a path in the settings document, an HCA, a resource or a file. */
  readonly subject: string;
  /** What was found, as complete sentences without line breaks. */
  readonly message: string;
  /** How to resolve it, as complete sentences without line breaks. */
  readonly remedy: string;
}

/** Creates a problem of this program. The catalogue says who must act. What the texts quote may come from anywhere. */
export function createProblem(
  code: ProblemCode,
  { subject, message, remedy }: Pick<Problem, 'subject' | 'message' | 'remedy'>,
): Problem {
  return {
    code,
    actor: actorOf(code),
    subject: escapeControls(subject),
    message: escapeControls(message),
    remedy: escapeControls(remedy),
  };
}

/** Whether a problem has one of these codes of the catalogue. */
export function hasCode(problem: Problem, ...codes: readonly ProblemCode[]): boolean {
  return codes.some((code) => code === problem.code);
}

/** Thrown when a caller cannot continue, with the problems for a person to read. Never thrown for expected refusals. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  constructor(
    readonly problems: readonly Problem[],
    options?: ErrorOptions,
  ) {
    super(problems.map((problem) => problem.message).join('\n'), options);
  }

  /** Each bundle has its own copy of this class, and errors cross from one bundle to another. */
  static override [Symbol.hasInstance](value: unknown): value is ProblemError {
    return value instanceof Error && value.name === 'ProblemError' && 'problems' in value;
  }
}

/** Returns the problems of an error. Any error but a ProblemError is a defect of this program. */
export function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ProblemError) return error.problems;
  return [
    createProblem('INTERNAL_ERROR', {
      subject: 'rdma-shared-dp',
      message: `Internal error: ${messageOf(error)}`,
      remedy: 'Report this defect of rdma-shared-dp, with the log.',
    }),
  ];
}

/** Returns the message of an unknown error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
