// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '#domain/problem/problem.ts';
import { type ConfigDocument, InvalidDocument, placeOf } from './document.ts';
import { readJson } from './read-json.ts';
import { readYaml } from './read-yaml.ts';

export type DocumentReading =
  | { readonly document: ConfigDocument; readonly problem: null }
  | { readonly document: null; readonly problem: Problem };

type Format = 'yaml' | 'auto';

/**
 * Parses bytes as a settings document. With the format `yaml`, or a `name` that ends with .yaml or .yml, the text is
 * YAML; otherwise it is JSON if its first character is `{` or `[`, else YAML. A byte order mark is ignored. Never
 * rejects.
 */
export async function parseDocument(
  name: string,
  bytes: Uint8Array,
  format: Format = 'auto',
): Promise<DocumentReading> {
  if (!isUtf8(bytes)) return { document: null, problem: notUtf8(name, bytes) };
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === '') return { document: null, problem: blank(name, bytes) };
  const isYaml = format === 'yaml' || /\.ya?ml$/i.test(name) || !/^\s*[{[]/.test(text);
  try {
    return { document: isYaml ? await readYaml(text) : readJson(text), problem: null };
  } catch (error) {
    return { document: null, problem: problemOf(name, text, error) };
  }
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

/** Finds the shortest prefix that no continuation makes valid. Truncated text fails at its end. */
function firstByteOutsideUtf8(bytes: Uint8Array): number {
  let validLength = 0;
  let invalidLength = bytes.length + 1;
  while (invalidLength - validLength > 1) {
    const middle = Math.floor((validLength + invalidLength) / 2);
    if (isUtf8(bytes.subarray(0, middle), { stream: true })) validLength = middle;
    else invalidLength = middle;
  }
  return validLength;
}

/** With `stream`, the last character may be incomplete. */
function isUtf8(bytes: Uint8Array, options: { readonly stream?: boolean } = {}): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, options);
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
