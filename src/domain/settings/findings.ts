// SPDX-License-Identifier: Apache-2.0
import type { ProblemCode } from '../problem/catalogue.ts';
import { type Problem, createProblem } from '../problem/problem.ts';
import { printableString } from '../text/printable.ts';

/** One thing said about a path of the settings document. `found` and `allowed` make one sentence after the path. */
export interface Finding {
  readonly code: ProblemCode;
  readonly path: string;
  readonly found: string;
  readonly allowed: string;
  readonly remedy: string;
}

/** Collects what is wrong with a settings document and what is only odd, so that all of it is told at once. */
export class SettingsFindings {
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];

  refuse(finding: Finding): void {
    this.problems.push(settingsProblem(finding));
  }

  warn(finding: Finding): void {
    this.warnings.push(settingsProblem(finding));
  }
}

/** The path of a key in the object at `path`; a key that is no plain word stands in brackets. */
export function keyPath(path: string, key: string): string {
  const step = /^[\w-]{1,80}$/.test(key) ? key : `[${printableString(key)}]`;
  return path === '' || step.startsWith('[') ? `${path}${step}` : `${path}.${step}`;
}

/** A problem that the writer of the settings has to solve. */
export function settingsProblem({ code, path, found, allowed, remedy }: Finding): Problem {
  return createProblem(code, { subject: path, message: `${path} ${found}; ${allowed}.`, remedy });
}
