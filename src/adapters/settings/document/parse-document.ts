// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '#domain/problem/problem.ts';
import { InvalidDocument, placeOf } from './document.ts';
import type { ConfigDocument } from './document.ts';
import { readJson } from './read-json.ts';
import { readYaml } from './read-yaml.ts';

export type DocumentReading =
  | { readonly document: ConfigDocument; readonly problem: null }
  | { readonly document: null; readonly problem: Problem };

/**
 * Parses bytes as a settings document. With the format `yaml`, or a `name` that ends with .yaml or .yml, the text is
 * YAML; otherwise it is JSON if its first character is `{` or `[`, else YAML. A byte order mark is ignored. Never
 * rejects.
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
    return { document: null, problem: problemOf(name, text, error) };
  }
}

async function readAs(name: string, text: string, format: 'yaml' | 'auto'): Promise<ConfigDocument> {
  const isYaml = format === 'yaml' || /\.ya?ml$/i.test(name) || !/^\s*[{[]/.test(text);
  return isYaml ? readYaml(text) : readJson(text);
}

function problemOf(name: string, text: string, error: unknown): Problem {
  const invalid = error instanceof InvalidDocument ? error : parserFailure(error);
  const { line, column } = placeOf(text, invalid.offset);
  return createProblem(invalid.code, {
    subject: name,
    message: `${name} (line ${line}, column ${column}) ${invalid.found}.`,
    remedy: invalid.remedy,
  });
}

/** A parser may fail in another way, such as with a RangeError of its recursion. */
function parserFailure(error: unknown): InvalidDocument {
  const cause = error instanceof Error ? error.name : 'unknown error';
  return new InvalidDocument('CONFIG_SYNTAX', 0, `cannot be parsed (${cause})`, 'Simplify the file.');
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

/** Searches for the shortest prefix that no continuation makes valid. Text that is cut short fails at its end. */
function firstByteOutsideUtf8(bytes: Uint8Array): number {
  let validLength = 0;
  let invalidLength = bytes.length + 1;
  while (invalidLength - validLength > 1) {
    const middle = Math.floor((validLength + invalidLength) / 2);
    if (isUtf8Prefix(bytes.subarray(0, middle))) validLength = middle;
    else invalidLength = middle;
  }
  return validLength;
}

function isUtf8Prefix(bytes: Uint8Array): boolean {
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
    message: bytes.length === 0 ? `${name} is empty.` : `${name} contains only white space.`,
    remedy: 'Write the settings into the file: an object with configList, a list of at least one resource.',
  });
}
