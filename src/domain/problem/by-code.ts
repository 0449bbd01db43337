// SPDX-License-Identifier: Apache-2.0
import type { Problem } from './problem.ts';

/** Groups problems by their codes, in the order of the first of each. */
export function byCode(problems: readonly Problem[]): readonly (readonly Problem[])[] {
  const groups = new Map<string, Problem[]>();
  for (const problem of problems) {
    const group = groups.get(problem.code);
    if (group === undefined) groups.set(problem.code, [problem]);
    else group.push(problem);
  }
  return [...groups.values()];
}
