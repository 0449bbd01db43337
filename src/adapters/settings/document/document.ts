// SPDX-License-Identifier: Apache-2.0
import type { ProblemCode } from '#domain/problem/catalogue.ts';

/** A value of a settings file with the offsets of its source text. A number keeps its literal: `1.0` is not `1`. */
export type ConfigNode = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'object'; readonly members: readonly ConfigMember[] }
  | { readonly kind: 'list'; readonly items: readonly ConfigNode[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly literal: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
);

/** A key with its value. A key may be duplicate. `start` is where the key begins. */
export interface ConfigMember {
  readonly key: string;
  readonly start: number;
  readonly value: ConfigNode;
}

/** A settings file that was parsed as JSON or YAML. Offsets count UTF-16 code units of `text`. */
export interface ConfigDocument {
  readonly format: 'json' | 'yaml';
  readonly text: string;
  readonly root: ConfigNode;
}

/** The maximum nesting of a document. Deeper text could exhaust the stack. */
export const maxNesting = 100;

/** How many values a document may have. Settings have hundreds; a problem for each of many more would take seconds. */
export const maxValues = 50_000;

/** The position of an offset; both count from 1. A column counts characters, not bytes. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export function placeOf(text: string, offset: number): Place {
  const lineStart = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < lineStart; at = text.indexOf('\n', at + 1)) line += 1;
  return { line, column: Array.from(text.slice(lineStart, offset)).length + 1 };
}

/**
 * Thrown by the readers of JSON and YAML for text that is not a document. `found` is a verb phrase with the file as its
 * subject; `offset` is where the fault was found.
 */
export class InvalidDocument extends Error {
  override readonly name = 'InvalidDocument';
  constructor(
    readonly code: ProblemCode,
    readonly offset: number,
    readonly found: string,
    readonly remedy: string,
  ) {
    super(found);
  }
}

export function tooDeep(offset: number): InvalidDocument {
  const found = `is nested more than ${maxNesting} levels deep`;
  return new InvalidDocument('CONFIG_TOO_DEEP', offset, found, 'Reduce the nesting.');
}

export function tooManyValues(offset: number): InvalidDocument {
  const found = `has more than ${maxValues} values`;
  return new InvalidDocument('CONFIG_TOO_MANY_VALUES', offset, found, 'Check that this is the settings file.');
}
