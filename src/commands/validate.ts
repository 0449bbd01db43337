// SPDX-License-Identifier: Apache-2.0
import type { ValidateOptions } from '#adapters/cli/command.ts';
import { findSettingsTexts } from '#adapters/settings/document/settings-texts.ts';
import { readSettings } from '#adapters/settings/read-settings.ts';
import type { Problem } from '#domain/problem/problem.ts';
import { upstreamDifferences } from '#domain/settings/upstream.ts';
import { escapeControls } from '#domain/text/printable.ts';
import { readArgumentFile } from './files/argument.ts';
import { printData } from './print/data.ts';

/** What is wrong with one document of settings. */
interface Verdict {
  /** The path of the file, and for a manifest the place of the settings in it. */
  readonly file: string;
  /** How many resources are in it, those of `nodes` included. */
  readonly resources: number;
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** What upstream would do differently. Absent if nobody asked, or if the document is invalid. */
  readonly upstream?: readonly string[];
}

export interface ValidationResult {
  readonly text: string;
  readonly valid: boolean;
}

/** Checks files for `validate`. Never rejects because of their content. */
export async function validateFiles({ files, format, withUpstream }: ValidateOptions): Promise<ValidationResult> {
  const verdicts = (await Promise.all(files.map((path) => validateFile(path, withUpstream)))).flat();
  const valid = verdicts.every(({ errors }) => errors.length === 0);
  const printed = verdicts.map((verdict) => ({ ...verdict, valid: verdict.errors.length === 0 }));
  if (format === 'json' || format === 'yaml') return { valid, text: await printData(printed, format) };
  return { valid, text: verdicts.map(linesOf).join('') };
}

async function validateFile(path: string, withUpstream: boolean): Promise<readonly Verdict[]> {
  const { name, bytes, problem } = await readArgumentFile(path);
  if (problem !== null) return [{ file: name, resources: 0, errors: [problem], warnings: [] }];
  const texts = await findSettingsTexts(name, new TextDecoder().decode(bytes));
  const [only] = texts;
  // As bytes, so that text that is not UTF-8 is noticed.
  if (texts.length === 1 && only?.name === name) return [await validateText(name, bytes, withUpstream)];
  return await Promise.all(
    texts.map((text) => validateText(text.name, new TextEncoder().encode(text.text), withUpstream)),
  );
}

async function validateText(file: string, bytes: Uint8Array, withUpstream: boolean): Promise<Verdict> {
  const reading = await readSettings(file, bytes);
  if (!reading.valid) return { file, resources: 0, errors: reading.problems, warnings: reading.warnings };
  const { resources, rejected, nodes } = reading.settings;
  const all = [{ resources, rejected }, ...nodes];
  return {
    file,
    resources: all.flatMap((entry) => [...entry.resources, ...entry.rejected]).length,
    errors: all.flatMap((entry) => entry.rejected.flatMap(({ problems }) => problems)),
    warnings: reading.warnings,
    ...(withUpstream && { upstream: upstreamDifferences({ ...reading, isJson: isJson(bytes) }) }),
  };
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder().decode(bytes));
    return true;
  } catch {
    return false;
  }
}

/** Checks one document of settings. Returns the text for a terminal. */
export async function validateBytes(file: string, bytes: Uint8Array): Promise<string> {
  return linesOf(await validateText(file, bytes, false));
}

function linesOf({ file, resources, errors, warnings, upstream }: Verdict): string {
  const counts = [countOf(errors.length, 'error'), countOf(warnings.length, 'warning')].filter((text) => text !== '');
  const verdict =
    errors.length === 0 ? `valid, ${resources === 1 ? '1 resource' : `${resources} resources`}` : 'invalid';
  const lines = [
    `${file}: ${[verdict, ...counts].join(', ')}`,
    ...errors.flatMap((problem) => problemLines('error', problem)),
    ...warnings.flatMap((problem) => problemLines('warning', problem)),
    ...(upstream === undefined ? [] : ['  upstream:', ...upstream.map((sentence) => `    ${sentence}`)]),
  ];
  return `${lines.map(escapeControls).join('\n')}\n`;
}

function countOf(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}${count === 1 ? '' : 's'}`;
}

function problemLines(severity: string, { message, remedy }: Problem): readonly string[] {
  return [`  ${severity}: ${message}`, `    ${remedy}`];
}
