// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '#domain/problem/problem.ts';
import { DocumentRefusal, placeOf } from './document.ts';
import type { ConfigDocument } from './document.ts';
import { readJson } from './read-json.ts';
import { readYaml } from './read-yaml.ts';

export type DocumentReading =
  | { readonly document: ConfigDocument; readonly problem: null }
  | { readonly document: null; readonly problem: Problem };

/**
 * Reads bytes as a settings document. `name` is the file's: one that ends with .yaml or .yml is YAML (as everything is by
 * the format `yaml`); anything else is JSON if its first character is `{` or `[`, and YAML if not. A byte order mark is left out. Never rejects.
 */
export async function parseDocument(
  name: string,
  bytes: Uint8Array,
  format: 'yaml' | 'auto' = 'auto',
): Promise<DocumentReading> {
  const text = decodeUtf8(bytes);
  if (text === null) return { document: null, problem: notUtf8(name, bytes) };
  if (text.trim() === '') return { document: null, problem: blank(name, bytes) };
  try {
    return { document: await readAs(name, text, format), problem: null };
  } catch (error) {
    return { document: null, problem: refusalProblem(name, text, error) };
  }
}

async function readAs(name: string, text: string, format: 'yaml' | 'auto'): Promise<ConfigDocument> {
  const isYaml = format === 'yaml' || /\.ya?ml$/i.test(name) || !/^\s*[{[]/.test(text);
  return isYaml ? readYaml(text) : readJson(text);
}

function refusalProblem(name: string, text: string, error: unknown): Problem {
  const refusal = error instanceof DocumentRefusal ? error : unforeseen(error);
  const { line, column } = placeOf(text, refusal.offset);
  return createProblem(refusal.code, {
    subject: name,
    message: `${name} (line ${line}, column ${column}) ${refusal.found}.`,
    remedy: refusal.remedy,
  });
}

/** A parser that gives up in its own way (a RangeError of a recursion) is an unreadable document all the same. */
function unforeseen(error: unknown): DocumentRefusal {
  const cause = error instanceof Error ? error.name : 'a failure';
  return new DocumentRefusal(
    'CONFIG_SYNTAX',
    0,
    `cannot be parsed (${cause})`,
    'Write the settings in a simpler form.',
  );
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function notUtf8(name: string, bytes: Uint8Array): Problem {
  const offset = firstByteOutsideUtf8(bytes);
  const value = bytes[offset];
  const found =
    value === undefined ? 'ends in the middle of a character' : `has the byte 0x${value.toString(16).padStart(2, '0')}`;
  return createProblem('CONFIG_NOT_UTF8', {
    subject: name,
    message: `${name} is not UTF-8 text: it ${found} at byte offset ${offset}.`,
    remedy: 'Save the file as UTF-8.',
  });
}

/** The smallest prefix that no continuation can save tells the place; what is only cut short fails at the end. */
function firstByteOutsideUtf8(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (isUtf8SoFar(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function isUtf8SoFar(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function blank(name: string, bytes: Uint8Array): Problem {
  return createProblem('CONFIG_FILE_EMPTY', {
    subject: name,
    message: bytes.length === 0 ? `${name} is empty.` : `${name} holds nothing but blanks.`,
    remedy: 'Write the settings into the file: an object with a configList of at least one resource.',
  });
}
