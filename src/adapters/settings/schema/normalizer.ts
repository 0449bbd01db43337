// SPDX-License-Identifier: Apache-2.0
import type * as v from 'valibot';
import { SettingsPlace, keyPath } from '#domain/settings/validation/findings.ts';
import { printableString } from '#domain/text/printable.ts';
import type { ConfigMember, ConfigNode } from '../document/document.ts';
import { type Shape, shapeOf } from './shape.ts';

/** A key that the schema does not have, with the keys that it has in the object at `parent`. */
export interface UnknownKey {
  readonly key: string;
  readonly parent: string;
  readonly path: string;
  readonly known: ShapeOf<'object'>['keys'];
}

/** The position of a path in the text. `schema` is null for a key that is not known. */
export interface Place {
  readonly start: number;
  readonly node: ConfigNode;
  readonly schema: v.GenericSchema | null;
}

type NodeOf<Kind extends ConfigNode['kind']> = Extract<ConfigNode, { readonly kind: Kind }>;
type ShapeOf<Kind extends Shape['kind']> = Extract<Shape, { readonly kind: Kind }>;

/** Names that every JavaScript object has: valibot passes over them. */
const reservedKeys: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

/** No schema accepts it, whereas some schemas would accept a plain list or object. */
const misfit = Symbol('value of a wrong type');

/**
 * Reads a document as plain values that the schema can judge: only keys of the schema, under their own names, without
 * those that are null. A value of a wrong type is one that the schema rejects. A reserved key, which the schema would
 * not see, has the value null and a problem.
 *
 * The rules are those of Go's encoding/json, for which upstream's files are written: keys match regardless of case, the
 * last of several wins, null is absent, and numbers must be integer literals. A bare string in place of a list of
 * strings is accepted with a warning.
 */
export class Normalizer {
  readonly places = new Map<string, Place>();
  readonly findings = new SettingsPlace();
  readonly unknownKeys: UnknownKey[] = [];

  /** Returns undefined for what is absent. */
  read(node: ConfigNode, schema: v.GenericSchema, path: string): unknown {
    this.places.set(path, { start: node.start, node, schema });
    const shape = shapeOf(schema);
    if (node.kind === 'object') return this.readObject(node, shape, path);
    if (node.kind === 'list') return this.readList(node, shape, path);
    if (node.kind === 'string' && shape.kind === 'list' && isText(shape.item))
      return this.readBareString(node, shape.item, path);
    if (node.kind === 'number') return integerOf(node.literal);
    return node.kind === 'null' ? undefined : node.value;
  }

  private readObject(node: NodeOf<'object'>, shape: Shape, path: string): unknown {
    if (shape.kind === 'map') return this.readMap(node.members, shape, path);
    return shape.kind === 'object' ? this.readKeys(node.members, shape, path) : misfit;
  }

  private readKeys(members: readonly ConfigMember[], { keys }: ShapeOf<'object'>, path: string): unknown {
    const names = new Map(Object.keys(keys).map((name) => [name.toLowerCase(), name]));
    const chosen = new Map<string, ConfigMember>();
    for (const member of members) {
      const name = names.get(member.key.toLowerCase());
      if (name === undefined) this.noteUnknownKey(member, path, keys);
      else if (chosen.has(name)) this.warnDuplicate(member, keyPath(path, name));
      if (name !== undefined) chosen.set(name, member);
    }
    const entries = Object.entries(keys).flatMap(([name, schema]) => {
      const member = chosen.get(name);
      const value = member && this.read(member.value, schema, keyPath(path, name));
      return value === undefined ? [] : [[name, value] as const];
    });
    return Object.fromEntries(entries);
  }

  /** Users choose these keys, so they are case-sensitive. Null is not absent: Go would read an empty value. */
  private readMap(members: readonly ConfigMember[], shape: ShapeOf<'map'>, path: string): unknown {
    const values = new Map<string, unknown>();
    for (const member of members) {
      const { key, start, value: node } = member;
      const memberPath = keyPath(path, key);
      if (values.has(key)) this.warnDuplicate(member, memberPath);
      values.set(key, this.read(node, shape.value, memberPath) ?? null);
      this.places.set(memberPath, { start, node, schema: shape.value });
      if (reservedKeys.has(key)) {
        this.rejectReserved(member, memberPath);
        values.set(key, null);
      }
    }
    return Object.fromEntries(values);
  }

  private readList(node: NodeOf<'list'>, shape: Shape, path: string): unknown {
    if (shape.kind === 'list') return this.readItems(node, shape.item, path);
    return shape.kind === 'object' && shape.orListOf !== null ? this.readItems(node, shape.orListOf, path) : misfit;
  }

  /** Go reads a null element as an empty value. */
  private readItems({ items }: NodeOf<'list'>, schema: v.GenericSchema, path: string): unknown {
    const empty = { object: {}, map: {}, list: [], integer: 0, string: '', word: '', boolean: false };
    return items.map((item, index) => {
      const value = this.read(item, schema, `${path}[${index}]`);
      return value === undefined ? structuredClone(empty[shapeOf(schema).kind]) : value;
    });
  }

  private readBareString(node: NodeOf<'string'>, schema: v.GenericSchema, path: string): readonly string[] {
    this.places.set(`${path}[0]`, { start: node.start, node, schema });
    this.findings
      .withPath(path)
      .warn('CONFIG_STRING_NOT_LIST', {
        found: `is the string ${printableString(node.value)}`,
        allowed: 'it must be a list of strings, and is read as a list of this string',
        remedy: `Write [${printableString(node.value)}], because upstream rejects the bare string.`,
      });
    return [node.value];
  }

  private rejectReserved(member: ConfigMember, path: string): void {
    this.findings
      .withPath(path)
      .reject('CONFIG_KEY_RESERVED', {
        found: `has the name ${printableString(member.key)}`,
        allowed: 'this name is reserved',
        remedy: 'Choose another key.',
      });
  }

  private noteUnknownKey({ key, start, value }: ConfigMember, parent: string, known: UnknownKey['known']): void {
    const path = keyPath(parent, key);
    this.places.set(path, { start, node: value, schema: null });
    this.unknownKeys.push({ key, parent, path, known });
  }

  private warnDuplicate(member: ConfigMember, path: string): void {
    this.findings
      .withPath(path)
      .warn('CONFIG_KEY_DUPLICATE', {
        found: `is set again as ${printableString(member.key)}`,
        allowed: 'only the last value is used',
        remedy: 'Remove all but one of them.',
      });
  }
}

function isText(schema: v.GenericSchema): boolean {
  return ['string', 'word'].includes(shapeOf(schema).kind);
}

/** NaN, which no schema accepts, for what Go does not read as an integer. `-0` is 0. */
function integerOf(literal: string): number {
  return /^-?(?:0|[1-9]\d*)$/.test(literal) ? Number(literal) + 0 : Number.NaN;
}
