// SPDX-License-Identifier: Apache-2.0
import { getMetadata } from 'valibot';
import type * as v from 'valibot';
import { printableString } from '#domain/text/printable.ts';
import type { KeyMetadata } from './key.ts';

/**
 * The value that a schema describes. `orListOf` is the schema of the elements if a list of such objects is accepted as
 * well.
 */
export type Shape =
  | { readonly kind: 'object'; readonly keys: Keys; readonly orListOf: v.GenericSchema | null }
  | { readonly kind: 'list'; readonly item: v.GenericSchema }
  | { readonly kind: 'map'; readonly value: v.GenericSchema }
  | { readonly kind: 'word'; readonly words: readonly string[] }
  | { readonly kind: 'string' | 'integer' | 'boolean' };

type Keys = Record<string, v.GenericSchema>;
type ObjectSchema = v.ObjectSchema<Keys, undefined>;

/** The composite valibot schemas that the settings use, by their type. For the lazy one, see `oneOrMore`. */
interface PartedSchemas {
  readonly exact_optional: v.ExactOptionalSchema<v.GenericSchema, undefined>;
  readonly object: ObjectSchema;
  readonly lazy: v.LazySchema<ObjectSchema>;
  readonly record: v.RecordSchema<v.GenericSchema<string, string>, v.GenericSchema, undefined>;
  readonly array: v.ArraySchema<v.GenericSchema, undefined>;
  readonly picklist: v.PicklistSchema<readonly string[], undefined>;
}

function isOf<T extends keyof PartedSchemas>(type: T, schema: v.GenericSchema): schema is PartedSchemas[T] {
  return schema.type === type;
}

/** Reads a valibot schema of the kinds that the settings consist of. */
export function shapeOf(schema: v.GenericSchema): Shape {
  if (isOf('exact_optional', schema)) return shapeOf(schema.wrapped);
  if (isOf('object', schema)) return { kind: 'object', keys: schema.entries, orListOf: null };
  if (isOf('lazy', schema)) {
    const item = schema.getter({});
    return { kind: 'object', keys: item.entries, orListOf: item };
  }
  if (isOf('record', schema)) return { kind: 'map', value: schema.value };
  if (isOf('array', schema)) return { kind: 'list', item: schema.item };
  if (isOf('picklist', schema)) return { kind: 'word', words: schema.options };
  if (schema.type === 'string' || schema.type === 'boolean') return { kind: schema.type };
  if (schema.type === 'number') return { kind: 'integer' };
  throw new TypeError(`The settings have no values of the schema type ${schema.type}.`);
}

/** Returns a key in the form in which keys are compared. Go's decoder folds letters as Unicode does, also to ASCII. */
export function foldedKey(key: string): string {
  return key.replaceAll('\u017f', 's').toLowerCase();
}

/** What a key, or an element of a list, is declared with. */
export function metadataOf(schema: v.GenericSchema): KeyMetadata {
  return getMetadata(isOf('exact_optional', schema) ? schema.wrapped : schema);
}

/** The type of a value in one to four words. */
export function typeText(shape: Shape): string {
  if (shape.kind === 'object' && shape.orListOf !== null) return 'object or list of objects';
  if (shape.kind === 'map') return 'object of strings';
  if (shape.kind === 'word') return 'string';
  return shape.kind === 'list' ? listTypes[shapeOf(shape.item).kind] : shape.kind;
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

/** Returns what a schema accepts, to follow "must be". */
export function expectedText(shape: Shape): string {
  if (shape.kind === 'word') return alternatives(shape.words.map(printableString));
  if (shape.kind === 'object' && shape.orListOf !== null) return 'an object or a list of objects';
  return shape.kind === 'list' ? `a ${typeText(shape)}` : words[shape.kind];
}

function alternatives(texts: readonly string[]): string {
  return texts.join(', ').replace(/, ([^,]*)$/, ' or $1');
}

const words = {
  object: 'an object',
  map: 'an object of strings',
  integer: 'a whole number, written in digits only',
  boolean: 'true or false',
  string: 'a string',
} as const;
