// SPDX-License-Identifier: Apache-2.0
import type { ProblemCode } from '../../problem/catalogue.ts';
import { type Problem, createProblem } from '../../problem/problem.ts';
import { printableString } from '../../text/printable.ts';

/** A finding about one path of the settings document. The message is `<path> <found>; <allowed>.` */
export interface Finding {
  readonly code: ProblemCode;
  readonly path: string;
  /** A verb phrase with `path` as its subject, such as `is empty`. */
  readonly found: string;
  /** A main clause, such as `each resource must have a name`. */
  readonly allowed: string;
  readonly remedy: string;
}

/** Collects the problems and warnings of a settings document, so that all of them are reported at once. */
export class SettingsFindings {
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];

  reject(finding: Finding): void {
    this.problems.push(settingsProblem(finding));
  }

  warn(finding: Finding): void {
    this.warnings.push(settingsProblem(finding));
  }
}

/** The path of a key in the object at `path`. A key that is not a plain word stands in brackets. */
export function keyPath(path: string, key: string): string {
  const step = /^[\w-]{1,80}$/.test(key) ? key : `[${printableString(key)}]`;
  return path === '' || step.startsWith('[') ? `${path}${step}` : `${path}.${step}`;
}

/** The problem for the author of the settings. */
export function settingsProblem({ code, path, found, allowed, remedy }: Finding): Problem {
  return createProblem(code, { subject: path, message: `${path} ${found}; ${allowed}.`, remedy });
}
