// SPDX-License-Identifier: Apache-2.0
import type * as v from 'valibot';

/** What a schema wants at one place, as far as fitting a document to it needs to know. `orList`: a list of such objects will do. */
export type Shape =
  | { readonly kind: 'object'; readonly keys: Readonly<Record<string, v.GenericSchema>>; readonly orList: boolean }
  | { readonly kind: 'list'; readonly item: v.GenericSchema }
  | { readonly kind: 'map'; readonly value: v.GenericSchema }
  | { readonly kind: 'string' | 'integer' | 'boolean' };

/** Reads a valibot schema of the kinds that the settings are made of. */
export function shapeOf(schema: v.GenericSchema): Shape {
  if (isOptional(schema)) return shapeOf(schema.wrapped);
  if (isObject(schema)) return { kind: 'object', keys: schema.entries, orList: false };
  if (isOneOrMore(schema)) return { kind: 'object', keys: schema.options[1].entries, orList: true };
  if (isRecord(schema)) return { kind: 'map', value: schema.value };
  if (isArray(schema)) return { kind: 'list', item: schema.item };
  switch (schema.type) {
    case 'string':
    case 'boolean':
      return { kind: schema.type };
    case 'number':
      return { kind: 'integer' };
    default:
      throw new TypeError(`The settings have no values of the schema type ${schema.type}.`);
  }
}

/** The schema that stands where a key is present; it carries the metadata. */
export function withoutOptional(schema: v.GenericSchema): v.GenericSchema {
  return isOptional(schema) ? schema.wrapped : schema;
}

type ObjectEntries = Record<string, v.GenericSchema>;

function isOptional(schema: v.GenericSchema): schema is v.ExactOptionalSchema<v.GenericSchema, undefined> {
  return schema.type === 'exact_optional';
}

function isObject(schema: v.GenericSchema): schema is v.ObjectSchema<ObjectEntries, undefined> {
  return schema.type === 'object';
}

/** A union is what may be written alone or in a list. */
function isOneOrMore(
  schema: v.GenericSchema,
): schema is v.UnionSchema<[v.GenericSchema, v.ObjectSchema<ObjectEntries, undefined>], undefined> {
  return schema.type === 'union';
}

function isRecord(
  schema: v.GenericSchema,
): schema is v.RecordSchema<v.GenericSchema<string, string>, v.GenericSchema, undefined> {
  return schema.type === 'record';
}

function isArray(schema: v.GenericSchema): schema is v.ArraySchema<v.GenericSchema, undefined> {
  return schema.type === 'array';
}
