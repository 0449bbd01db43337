// SPDX-License-Identifier: Apache-2.0
import { type BaseIssue, safeParse } from 'valibot';
import { type Problem, createProblem } from '#domain/problem/problem.ts';
import type { SettingsDocument } from '#domain/settings/document.ts';
import { type SettingsVerdict, validateSettings } from '#domain/settings/validation/settings.ts';
import type { ConfigReading } from '#ports/config-source.ts';
import { type ConfigDocument, placeOf } from '../document/document.ts';
import { type Place, normalize } from './normalize.ts';
import { rejection } from './rejection.ts';
import { settingsSchema } from './settings-schema.ts';
import { unknownKeyWarnings } from './unknown-keys.ts';

/** The most problems that are listed, and the most warnings. The rest is counted. */
const mostListed = 100;

/**
 * Decodes a document as settings. Reports all problems and warnings at once, each with its place in the file `name`.
 */
export async function decodeSettings(name: string, document: ConfigDocument): Promise<ConfigReading> {
  const normalized = normalize(document, settingsSchema);
  const { issues = [] } = safeParse(settingsSchema, normalized.value, { abortPipeEarly: true });
  const rejections = issues.map((issue) => rejection(issue, normalized.places, document.text));
  const verdict = judgeAccepted(normalized.value, issues);
  const locate = (problem: Problem): Problem => located(problem, name, document.text, normalized.places);
  const unknown = await unknownKeyWarnings(normalized.unknownKeys.slice(0, mostListed));
  const problems = listed([...normalized.problems, ...rejections, ...verdict.problems], locate);
  const warnings = listed([...unknown, ...normalized.warnings, ...verdict.warnings], locate);
  if (problems.length > 0 || verdict.settings === null) return { valid: false, retryable: false, problems, warnings };
  return { valid: true, settings: verdict.settings, warnings };
}

/** Checks the meaning of all that the schema accepted. Each value that it rejected becomes null. */
function judgeAccepted(value: unknown, issues: readonly BaseIssue<unknown>[]): SettingsVerdict {
  const parents = issues.map(({ path }) => path?.at(-1));
  for (const parent of parents) {
    if (typeof parent?.input === 'object' && parent.input !== null) Reflect.set(parent.input, String(parent.key), null);
  }
  const isAccepted = !parents.includes(undefined) && isSettingsDocument(value);
  return isAccepted ? validateSettings(value) : { settings: null, problems: [], warnings: [] };
}

/** The schema is declared with the types of the document, so an object whose rejected values are null has them. */
function isSettingsDocument(value: unknown): value is SettingsDocument {
  return typeof value === 'object' && value !== null;
}

function listed(problems: readonly Problem[], locate: (problem: Problem) => Problem): readonly Problem[] {
  const shown = problems.slice(0, mostListed).map(locate);
  const more = problems.length - shown.length;
  const [first] = shown;
  return more === 0 || first === undefined ? shown : [...shown, furtherProblems(more, first)];
}

function furtherProblems(count: number, { subject }: Problem): Problem {
  return createProblem('CONFIG_MORE_PROBLEMS', {
    subject,
    message: `${count} more are not listed.`,
    remedy: 'Correct the listed ones first.',
  });
}

/** Adds file, line and column: those of the path, or of the nearest part around it that is written. */
function located(problem: Problem, name: string, text: string, places: ReadonlyMap<string, Place>): Problem {
  const { line, column } = placeOf(text, nearestOffset(problem.subject, places));
  return { ...problem, message: `${name} (line ${line}, column ${column}): ${problem.message}` };
}

function nearestOffset(path: string, places: ReadonlyMap<string, Place>): number {
  let around = path;
  let place = places.get(around);
  while (place === undefined && around !== '') {
    around = around.slice(0, Math.max(0, around.lastIndexOf('.'), around.lastIndexOf('[')));
    place = places.get(around);
  }
  return place?.start ?? 0;
}
