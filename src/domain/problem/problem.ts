// SPDX-License-Identifier: Apache-2.0

/** Who has to act so that a problem goes away. */
export type Actor = 'operator' | 'node' | 'kubelet' | 'us';

/**
 * One thing that is wrong, told to a person: what was found, and what to do about it.
 * `code` is stable and machine-readable; `subject` is what it concerns (a path in the settings document, an HCA, a
 * resource, a file). `message` and `remedy` are whole sentences without line breaks.
 */
export interface Problem {
  readonly code: string;
  readonly actor: Actor;
  readonly subject: string;
  readonly message: string;
  readonly remedy: string;
}

/** Thrown where a caller cannot go on; carries the problems that a person has to see. Never for expected refusals. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map((problem) => problem.message).join('\n'));
  }
}
