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

/** The words of a finding. */
export type FindingText = Omit<Finding, 'code' | 'path'>;

/**
 * A place in the settings document. All places of a document share their problems and warnings, so that all of them are
 * reported at once.
 */
export class SettingsPlace {
  constructor(
    readonly path = '',
    readonly problems: Problem[] = [],
    readonly warnings: Problem[] = [],
    /** Those of the problems that reject one resource, and not the document. */
    readonly rejections: Problem[] = [],
  ) {}

  /** Returns the place of a key, or of an element of a list. */
  at(step: string | number): SettingsPlace {
    return this.withPath(typeof step === 'number' ? `${this.path}[${step}]` : keyPath(this.path, step));
  }

  /** Returns the place with this path in the same document. */
  withPath(path: string): SettingsPlace {
    return new SettingsPlace(path, this.problems, this.warnings, this.rejections);
  }

  /** Returns the same place with a list of rejections of its own, for one resource. */
  ofResource(): SettingsPlace {
    return new SettingsPlace(this.path, this.problems, this.warnings);
  }

  reject(code: ProblemCode, text: FindingText): void {
    this.problems.push(settingsProblem({ code, path: this.path, ...text }));
  }

  /** For what upstream accepts and the kubelet would not: all other resources can be offered. */
  rejectResource(code: ProblemCode, text: FindingText): void {
    this.reject(code, text);
    this.rejections.push(...this.problems.slice(-1));
  }

  warn(code: ProblemCode, text: FindingText): void {
    this.warnings.push(settingsProblem({ code, path: this.path, ...text }));
  }
}

/** Returns the path of a key in the object at `path`. A key that is not a plain word is in brackets. */
export function keyPath(path: string, key: string): string {
  const step = /^[\w-]{1,80}$/.test(key) ? key : `[${printableString(key)}]`;
  return path === '' || step.startsWith('[') ? `${path}${step}` : `${path}.${step}`;
}

/** Returns a finding as a problem for the author of the settings. */
export function settingsProblem({ code, path, found, allowed, remedy }: Finding): Problem {
  return createProblem(code, { subject: path, message: `${path} ${found}; ${allowed}.`, remedy });
}
