// SPDX-License-Identifier: Apache-2.0
import type * as v from 'valibot';
import { printableString } from '#domain/text/printable.ts';
import { type Shape, metadataOf, shapeOf } from './shape.ts';

/** What a schema accepts, after "it must be". */
export function wantedWords(shape: Shape): string {
  if (shape.kind === 'word') return alternatives(shape.words.map(printableString));
  if (shape.kind === 'object' && shape.orListOf !== null) return 'an object or a list of objects';
  return shape.kind === 'list' ? `a ${wantedType(shape)}` : words[shape.kind];
}

/** The type of a value in one to four words. */
export function wantedType(shape: Shape): string {
  if (shape.kind === 'object' && shape.orListOf !== null) return 'object or list of objects';
  if (shape.kind === 'map') return 'object of strings';
  if (shape.kind === 'word') return 'string';
  return shape.kind === 'list' ? listTypes[shapeOf(shape.item).kind] : shape.kind;
}

/** The range that a number is outside of, after "it must be". */
export function rangeWords(schema: v.GenericSchema, value: number): string {
  const { minimum, maximum } = metadataOf(schema);
  if (minimum !== undefined && maximum !== undefined) return `a whole number from ${minimum} to ${maximum}`;
  return minimum !== undefined && value < minimum
    ? `a whole number of at least ${minimum}`
    : `a whole number of at most ${maximum ?? Number.MAX_SAFE_INTEGER}`;
}

function alternatives(texts: readonly string[]): string {
  return texts.join(', ').replace(/, ([^,]*)$/, ' or $1');
}

const listTypes = {
  string: 'list of strings',
  word: 'list of strings',
  integer: 'list of whole numbers',
  boolean: 'list of true or false',
  object: 'list of objects',
  list: 'list of lists',
  map: 'list of objects',
} as const;

const words = {
  object: 'an object',
  map: 'an object of strings',
  integer: 'a whole number, written in digits only',
  boolean: 'true or false',
  string: 'a string',
} as const;
