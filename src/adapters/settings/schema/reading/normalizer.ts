// SPDX-License-Identifier: Apache-2.0
import type * as v from 'valibot';
import { SettingsPlace, keyPath } from '#domain/settings/validation/findings.ts';
import { printableString } from '#domain/text/printable.ts';
import type { ConfigMember, ConfigNode } from '../../document/document.ts';
import { type Assigned, type NodeOf, elementsOf, lastingValues } from './assigned.ts';
import { type ForeignMembers, foreignText } from './foreign-keys.ts';
import { type Shape, foldedKey, metadataOf, shapeOf } from '../shape.ts';

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
 * The rules are those of Go's encoding/json, for which upstream's files are written: keys match regardless of case,
 * numbers must be integer literals, and a key that is set again changes the value before it (see assigned.ts). A bare
 * string in place of a list of strings is accepted with a warning.
 */
export class Normalizer {
  readonly places = new Map<string, Place>();
  readonly findings = new SettingsPlace();
  readonly unknownKeys: UnknownKey[] = [];

  /** Keys in `foreign` are ignored, with a warning. */
  constructor(private readonly foreign: ForeignMembers = new Map()) {}

  /** Returns undefined for what is absent. `assigned` has at least one value. */
  read(assigned: Assigned, schema: v.GenericSchema, path: string): unknown {
    const shape = shapeOf(schema);
    const values = lastingValues(assigned, isClearedByNull(schema, shape));
    const node = values.at(-1) ?? assigned.at(-1);
    if (node !== undefined) this.places.set(path, { start: node.start, node, schema });
    if (values.length === 0 || node === undefined) return undefined;
    if (node.kind === 'object') return this.readObject(values.filter(isObject), shape, path);
    if (node.kind === 'list') return this.readList(values.filter(isList), shape, path);
    if (node.kind === 'string' && shape.kind === 'list' && isText(shape.item))
      return this.readBareString(node, shape.item, path);
    if (node.kind === 'number') return integerOf(node.literal);
    return node.kind === 'null' ? undefined : node.value;
  }

  private readObject(nodes: readonly NodeOf<'object'>[], shape: Shape, path: string): unknown {
    const members = nodes.flatMap((node) => node.members);
    if (shape.kind === 'map') return this.readMap(members, shape, path);
    return shape.kind === 'object' ? this.readKeys(members, shape, path) : misfit;
  }

  private readKeys(members: readonly ConfigMember[], { keys }: ShapeOf<'object'>, path: string): unknown {
    const assigned = this.assignedTo(keys, members, path);
    const entries = Object.entries(keys).flatMap(([name, schema]) => {
      const values = assigned.get(name);
      const value = values && this.read(values, schema, keyPath(path, name));
      return value === undefined ? [] : [[name, value] as const];
    });
    return Object.fromEntries(entries);
  }

  /** Returns the values that the members assign to each key, by its name in the schema. */
  private assignedTo(
    keys: ShapeOf<'object'>['keys'],
    members: readonly ConfigMember[],
    path: string,
  ): ReadonlyMap<string, Assigned> {
    const schemas = new Map(Object.entries(keys).map(([name, schema]) => [foldedKey(name), { name, schema }]));
    const assigned = new Map<string, ConfigNode[]>();
    for (const member of members) {
      const known = schemas.get(foldedKey(member.key));
      if (known === undefined) this.noteUnknownKey(member, path, keys);
      else if (this.foreign.has(member)) this.warnForeign(member, known.schema, keyPath(path, known.name));
      else {
        const before = assigned.get(known.name);
        if (before === undefined) assigned.set(known.name, [member.value]);
        else this.warnDuplicate(member, known.schema, keyPath(path, known.name));
        before?.push(member.value);
      }
    }
    return assigned;
  }

  /** Users choose these keys, so they are case-sensitive. Null is not absent: Go would read an empty value. */
  private readMap(members: readonly ConfigMember[], shape: ShapeOf<'map'>, path: string): unknown {
    const values = new Map<string, unknown>();
    for (const member of members) {
      const { key, start, value: node } = member;
      const memberPath = keyPath(path, key);
      if (values.has(key)) this.warnDuplicate(member, shape.value, memberPath);
      values.set(key, this.read([node], shape.value, memberPath) ?? null);
      this.places.set(memberPath, { start, node, schema: shape.value });
      if (reservedKeys.has(key)) {
        this.rejectReserved(member, memberPath);
        values.set(key, null);
      }
    }
    return Object.fromEntries(values);
  }

  private readList(nodes: readonly NodeOf<'list'>[], shape: Shape, path: string): unknown {
    if (shape.kind === 'list') return this.readItems(nodes, shape.item, path);
    return shape.kind === 'object' && shape.orListOf !== null ? this.readItems(nodes, shape.orListOf, path) : misfit;
  }

  /** Go reads a null element as an empty value, unless the list before has an element there. */
  private readItems(nodes: readonly NodeOf<'list'>[], schema: v.GenericSchema, path: string): unknown {
    const empty = { object: {}, map: {}, list: [], integer: 0, string: '', word: '', boolean: false };
    return elementsOf(nodes).map((assigned, index) => {
      const value = this.read(assigned, schema, `${path}[${index}]`);
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

  private warnDuplicate({ key, value }: ConfigMember, schema: v.GenericSchema, path: string): void {
    this.findings
      .withPath(path)
      .warn('CONFIG_KEY_DUPLICATE', {
        found: `is set again as ${printableString(key)}`,
        allowed: effectOfDuplicate(value, schema),
        remedy: 'Remove all but one of them.',
      });
  }

  private warnForeign(member: ConfigMember, schema: v.GenericSchema, path: string): void {
    const { start, value: node } = member;
    this.places.set(path, { start, node, schema });
    const why = this.foreign.get(member) ?? 'other-type';
    this.findings.withPath(path).warn('CONFIG_KEY_IGNORED', foreignText(why, schema));
  }
}

function isObject(node: ConfigNode): node is NodeOf<'object'> {
  return node.kind === 'object';
}

function isList(node: ConfigNode): node is NodeOf<'list'> {
  return node.kind === 'list';
}

/** What a value does to the values of the same key before it. */
function effectOfDuplicate({ kind }: ConfigNode, schema: v.GenericSchema): string {
  const shape = shapeOf(schema);
  if (kind === 'object') return 'its keys are added to those before, as upstream does';
  if (kind === 'list' && hasObjects(shape)) return 'each object is joined with the one before at its place';
  return kind === 'null' && !isClearedByNull(schema, shape)
    ? 'null keeps the value before, as upstream does'
    : 'only the last value is used';
}

function isClearedByNull(schema: v.GenericSchema, { kind }: Shape): boolean {
  return kind === 'list' || kind === 'map' || metadataOf(schema).clearedByNull === true;
}

function hasObjects(shape: Shape): boolean {
  return shape.kind === 'object' || (shape.kind === 'list' && shapeOf(shape.item).kind === 'object');
}

function isText(schema: v.GenericSchema): boolean {
  return ['string', 'word'].includes(shapeOf(schema).kind);
}

/** NaN, which no schema accepts, for what Go does not read as an integer. `-0` is 0. */
function integerOf(literal: string): number {
  return /^-?(?:0|[1-9]\d*)$/.test(literal) ? Number(literal) + 0 : Number.NaN;
}
