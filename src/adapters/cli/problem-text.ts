// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';

/** Formats problems for a terminal. */
export function problemText(problems: readonly Problem[]): string {
  return problems.map((problem) => `error: ${problem.message}\n  ${problem.remedy}\n`).join('');
}
