// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';

/** Problems as a person at a terminal reads them. */
export function problemText(problems: readonly Problem[]): string {
  return problems.map((problem) => `error: ${problem.message}\n  ${problem.remedy}\n`).join('');
}
