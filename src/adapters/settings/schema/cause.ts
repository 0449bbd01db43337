// SPDX-License-Identifier: Apache-2.0
import type { ProblemCode } from '#domain/problem/catalogue.ts';
import type { Problem } from '#domain/problem/problem.ts';
import { selectorFields } from '#domain/settings/settings.ts';
import { type MisplacedKey, correction } from './reading/unknown-keys.ts';

const selectorKeys: ReadonlySet<string> = new Set(['selectors', 'devices', ...selectorFields]);

/**
 * Codes for something that is missing, which is perhaps there under a wrong name, with the test for the first key
 * below the subject of the problem. The key is empty if the subject itself is meant.
 */
const missing = new Map<string, (key: string) => boolean>([
  ['CONFIG_NO_RESOURCES', () => true],
  ['CONFIG_NODE_MATCH_MISSING', () => true],
  ['CONFIG_RESOURCE_NAME_MISSING', () => true],
  ['CONFIG_SELECTORS_MISSING', (key) => selectorKeys.has(key)],
] satisfies readonly (readonly [ProblemCode, (key: string) => boolean])[]);

/** Returns the problem with the remedy for its cause, if it follows from a misspelt or misplaced key. */
export function withCause(problem: Problem, keys: readonly MisplacedKey[]): Problem {
  const cause = keys.find((key) => isCause(problem, key));
  if (cause === undefined || cause.meant === null) return problem;
  return { ...problem, remedy: `${correction(cause.meant, cause.unknown.path)}.` };
}

function isCause({ code, subject }: Problem, { unknown, meant }: MisplacedKey): boolean {
  const mayBe = missing.get(code);
  if (mayBe === undefined || meant === null) return false;
  const path = unknown.parent === '' ? meant : `${unknown.parent}.${meant}`;
  const below = path.slice(subject.length);
  return path.startsWith(subject) && /^(?:[.[]|$)/.test(below) && mayBe(/^\.([^.[]*)/.exec(below)?.[1] ?? '');
}
