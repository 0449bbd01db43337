// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '#domain/problem/problem.ts';
import { safeParse } from 'valibot';
import type { SettingsDocument } from '#domain/settings/document.ts';
import { validateSettings } from '#domain/settings/validate-settings.ts';
import type { ConfigReading } from '#ports/config-source.ts';
import { placeOf } from '../document/document.ts';
import type { ConfigDocument } from '../document/document.ts';
import { fitToSchema } from './fit-to-schema.ts';
import { settingsSchema } from './settings-schema.ts';
import { unknownKeyWarnings } from './unknown-keys.ts';

/** More than this of one sort is nothing a person reads; the rest is counted. */
const mostTold = 100;

/** Reads a document as settings: everything that is wrong or odd at once, each with its place in the file `name`. */
export async function decodeSettings(name: string, document: ConfigDocument): Promise<ConfigReading> {
  const fitted = fitToSchema(document, settingsSchema);
  const locate = (problem: Problem): Problem => located(problem, name, document.text, fitted.offsets);
  const verdict = fitted.unreadable.has('')
    ? { settings: null, problems: [], warnings: [] }
    : validateSettings(typedDocument(fitted.value), (path) => fitted.unreadable.has(path));
  const unknown = await unknownKeyWarnings(fitted.unknownKeys.slice(0, mostTold));
  const problems = told([...fitted.problems, ...verdict.problems], locate);
  const warnings = told([...unknown, ...fitted.warnings, ...verdict.warnings], locate);
  if (problems.length > 0 || verdict.settings === null) return { valid: false, retryable: false, problems, warnings };
  return { valid: true, settings: verdict.settings, warnings };
}

/** What was fitted to the schema parses by it; an empty document stands for what the schema does not know. */
function typedDocument(value: unknown): SettingsDocument {
  const parsed = safeParse(settingsSchema, value ?? {});
  return parsed.typed ? parsed.output : {};
}

function told(problems: readonly Problem[], locate: (problem: Problem) => Problem): readonly Problem[] {
  const shown = problems.slice(0, mostTold).map(locate);
  const more = problems.length - shown.length;
  const [first] = shown;
  return more === 0 || first === undefined ? shown : [...shown, furtherProblems(more, first)];
}

function furtherProblems(count: number, { subject }: Problem): Problem {
  return createProblem('CONFIG_MORE_PROBLEMS', {
    subject,
    message: `There are ${count} more of this kind, which are not listed.`,
    remedy: 'Correct those that are listed first.',
  });
}

/** Adds file, line and column: those of the path, or of the nearest thing around it that is written. */
function located(problem: Problem, name: string, text: string, offsets: ReadonlyMap<string, number>): Problem {
  const { line, column } = placeOf(text, nearestOffset(problem.subject, offsets));
  return { ...problem, message: `${name} (line ${line}, column ${column}): ${problem.message}` };
}

function nearestOffset(path: string, offsets: ReadonlyMap<string, number>): number {
  let around = path;
  let offset = offsets.get(around);
  while (offset === undefined && around !== '') {
    around = around.slice(0, Math.max(0, around.lastIndexOf('.'), around.lastIndexOf('[')));
    offset = offsets.get(around);
  }
  return offset ?? 0;
}
