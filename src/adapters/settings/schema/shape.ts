// SPDX-License-Identifier: Apache-2.0
import { getMetadata } from 'valibot';
import type * as v from 'valibot';
import type { KeyMetadata } from './key.ts';

/**
 * The value that a schema describes. `orListOf` is the schema of the elements where a list of such objects will do as
 * well.
 */
export type Shape =
  | { readonly kind: 'object'; readonly keys: Keys; readonly orListOf: v.GenericSchema | null }
  | { readonly kind: 'list'; readonly item: v.GenericSchema }
  | { readonly kind: 'map'; readonly value: v.GenericSchema }
  | { readonly kind: 'word'; readonly words: readonly string[] }
  | { readonly kind: 'string' | 'integer' | 'boolean' };

/** Reads a valibot schema of the kinds that the settings consist of. */
export function shapeOf(schema: v.GenericSchema): Shape {
  if (isOptional(schema)) return shapeOf(schema.wrapped);
  if (isObject(schema)) return { kind: 'object', keys: schema.entries, orListOf: null };
  if (isOneOrMore(schema)) {
    const item = schema.getter({});
    return { kind: 'object', keys: item.entries, orListOf: item };
  }
  if (isRecord(schema)) return { kind: 'map', value: schema.value };
  if (isArray(schema)) return { kind: 'list', item: schema.item };
  if (isPicklist(schema)) return { kind: 'word', words: schema.options };
  if (schema.type === 'string' || schema.type === 'boolean') return { kind: schema.type };
  if (schema.type === 'number') return { kind: 'integer' };
  throw new TypeError(`The settings have no values of the schema type ${schema.type}.`);
}

/** What a key, or an element of a list, is declared with. */
export function metadataOf(schema: v.GenericSchema): KeyMetadata {
  return getMetadata(isOptional(schema) ? schema.wrapped : schema);
}

type Keys = Record<string, v.GenericSchema>;
type ObjectSchema = v.ObjectSchema<Keys, undefined>;

function isOptional(schema: v.GenericSchema): schema is v.ExactOptionalSchema<v.GenericSchema, undefined> {
  return schema.type === 'exact_optional';
}

function isObject(schema: v.GenericSchema): schema is ObjectSchema {
  return schema.type === 'object';
}

/** See `oneOrMore`. */
function isOneOrMore(schema: v.GenericSchema): schema is v.LazySchema<ObjectSchema> {
  return schema.type === 'lazy';
}

function isRecord(
  schema: v.GenericSchema,
): schema is v.RecordSchema<v.GenericSchema<string, string>, v.GenericSchema, undefined> {
  return schema.type === 'record';
}

function isArray(schema: v.GenericSchema): schema is v.ArraySchema<v.GenericSchema, undefined> {
  return schema.type === 'array';
}

function isPicklist(schema: v.GenericSchema): schema is v.PicklistSchema<readonly string[], undefined> {
  return schema.type === 'picklist';
}
