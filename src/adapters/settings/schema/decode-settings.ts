// SPDX-License-Identifier: Apache-2.0
import { type BaseIssue, safeParse } from 'valibot';
import { type Problem, createProblem } from '#domain/problem/problem.ts';
import type { SettingsDocument } from '#domain/settings/document.ts';
import type { ClusterSettings, RejectedResource } from '#domain/settings/settings.ts';
import { type SettingsVerdict, validateSettings } from '#domain/settings/validation/settings.ts';
import type { ConfigReading } from '#ports/config-source.ts';
import { type ConfigDocument, placeOf } from '../document/document.ts';
import { withCause } from './cause.ts';
import { findForeignMembers } from './reading/foreign-keys.ts';
import { kubernetesObjectProblem } from './kubernetes-object.ts';
import { Normalizer, type Place } from './reading/normalizer.ts';
import { rejection } from './rejection.ts';
import { settingsSchema } from './settings-schema.ts';
import { explainUnknownKeys, unknownKeyWarning } from './reading/unknown-keys.ts';

/** The most problems that are listed, and the most warnings. The rest is counted. */
const maxListed = 100;

/**
 * Decodes a document as settings. Reports all problems and warnings at once, each with its place in the file `name`.
 */
export async function decodeSettings(name: string, document: ConfigDocument): Promise<ConfigReading> {
  const { root, text } = document;
  const normalizer = new Normalizer(findForeignMembers(document, settingsSchema));
  const locate = (problem: Problem): Problem => located(problem, name, text, normalizer.places);
  const object = kubernetesObjectProblem(root);
  if (object !== null) return { valid: false, retryable: false, problems: [locate(object)], warnings: [] };
  const value = normalizer.read([root], settingsSchema, '') ?? {};
  const { places, findings, unknownKeys } = normalizer;
  const { issues = [] } = safeParse(settingsSchema, value, { abortPipeEarly: true });
  const rejections = issues.map((issue) => rejection(issue, places, text));
  const verdict = judgeAccepted(value, issues);
  const keys = await explainUnknownKeys(unknownKeys.slice(0, maxListed));
  const found = [...findings.problems, ...rejections, ...verdict.problems].map((problem) => withCause(problem, keys));
  const problems = listed(found, locate);
  const warnings = listed([...keys.map(unknownKeyWarning), ...findings.warnings, ...verdict.warnings], locate);
  if (problems.length > 0 || verdict.settings === null) return { valid: false, retryable: false, problems, warnings };
  return { valid: true, settings: withLocatedRejections(verdict.settings, locate), warnings };
}

/** Adds the places to the problems of the rejected resources: those of the first `maxListed` resources. */
function withLocatedRejections(settings: ClusterSettings, locate: (problem: Problem) => Problem): ClusterSettings {
  let count = 0;
  const problemsOf = (resource: RejectedResource): readonly Problem[] => {
    count += 1;
    const listedProblems = count > maxListed ? [] : resource.problems;
    return Object.freeze(listedProblems.map((problem) => Object.freeze(locate(problem))));
  };
  const withPlaces = (rejected: readonly RejectedResource[]): readonly RejectedResource[] =>
    Object.freeze(rejected.map((resource) => Object.freeze({ ...resource, problems: problemsOf(resource) })));
  return Object.freeze({
    ...settings,
    rejected: withPlaces(settings.rejected),
    nodes: Object.freeze(settings.nodes.map((node) => Object.freeze({ ...node, rejected: withPlaces(node.rejected) }))),
  });
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

/** The schema has the types of the document, and so does an object in which rejected values are null. */
function isSettingsDocument(value: unknown): value is SettingsDocument {
  return typeof value === 'object' && value !== null;
}

function listed(problems: readonly Problem[], locate: (problem: Problem) => Problem): readonly Problem[] {
  const shown = problems.slice(0, maxListed).map(locate);
  const more = problems.length - shown.length;
  const [first] = shown;
  if (more === 0 || first === undefined) return shown;
  const message = `${more} more are not listed.`;
  const remedy = 'Correct the listed ones first.';
  return [...shown, createProblem('CONFIG_MORE_PROBLEMS', { subject: first.subject, message, remedy })];
}

/** Adds file, line and column: those of the path, or of the nearest enclosing part in the text. */
function located(problem: Problem, name: string, text: string, places: ReadonlyMap<string, Place>): Problem {
  const { line, column } = placeOf(text, nearestOffset(problem.subject, places));
  return { ...problem, message: `${name} (line ${line}, column ${column}): ${problem.message}` };
}

function nearestOffset(path: string, places: ReadonlyMap<string, Place>): number {
  let around = path;
  while (around !== '' && !places.has(around)) {
    around = around.slice(0, Math.max(0, around.lastIndexOf('.'), around.lastIndexOf('[')));
  }
  return places.get(around)?.start ?? 0;
}
