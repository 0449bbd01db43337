// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type * as v from 'valibot';
import { keyPath, settingsProblem } from '#domain/settings/findings.ts';
import type { Finding } from '#domain/settings/findings.ts';
import { printableString, printableText } from '#domain/text/printable.ts';
import type { ConfigDocument, ConfigMember, ConfigNode } from '../document/document.ts';
import { misfitRemedy, wantedWords } from './misfit-words.ts';
import { shapeOf } from './shape.ts';
import type { Shape } from './shape.ts';

/** A key that the schema does not have, with those that it has at this place. */
export interface UnknownKey {
  readonly key: string;
  readonly path: string;
  readonly known: readonly string[];
}

/**
 * A document brought to the shape of a schema. `value` holds known keys only, under their right names, and fits the
 * schema: what was of a wrong type is left out (in a list: an empty value in its place) and stands in `unreadable`.
 * `offsets` tells where each path stands in the text.
 */
export interface FittedDocument {
  readonly value: unknown;
  readonly unreadable: ReadonlySet<string>;
  readonly offsets: ReadonlyMap<string, number>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly unknownKeys: readonly UnknownKey[];
}

/**
 * Fits a document by the rules of Go's encoding/json, which upstream's files are written for: keys match without regard
 * to case, the last of several wins, null is absent, numbers must be integer literals. A bare string where a list of
 * strings is wanted is taken with a warning.
 */
export function fitToSchema(document: ConfigDocument, schema: v.GenericSchema): FittedDocument {
  const fitting = new Fitting(document.text);
  const value = fitting.fit(document.root, shapeOf(schema), '');
  return { value, ...fitting.outcome() };
}

const hiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

/** Above it a double no longer holds each whole number. */
const largestInteger = Number.MAX_SAFE_INTEGER;

class Fitting {
  readonly #unreadable = new Set<string>();
  readonly #offsets = new Map<string, number>();
  readonly #problems: Problem[] = [];
  readonly #warnings: Problem[] = [];
  readonly #unknownKeys: UnknownKey[] = [];

  constructor(private readonly text: string) {}

  outcome(): Omit<FittedDocument, 'value'> {
    return {
      unreadable: this.#unreadable,
      offsets: this.#offsets,
      problems: this.#problems,
      warnings: this.#warnings,
      unknownKeys: this.#unknownKeys,
    };
  }

  /** Returns undefined for what is absent or does not fit. */
  fit(node: ConfigNode, shape: Shape, path: string): unknown {
    this.#offsets.set(path, node.start);
    if (node.kind === 'null') return undefined;
    if (shape.kind === 'list') return this.#list(node, shape, path);
    if (shape.kind === 'integer') return this.#integer(node, shape, path);
    if (shape.kind === 'map' && node.kind === 'object') return this.#map(node.members, shape, path);
    if (shape.kind === 'object' && shape.orList && node.kind === 'list') return this.#objects(node, shape, path);
    if (shape.kind === 'object' && node.kind === 'object') return this.#object(node.members, shape, path);
    const isScalar = node.kind === 'string' || node.kind === 'boolean';
    return isScalar && node.kind === shape.kind ? node.value : this.#misfit(node, shape, path);
  }

  #object(members: readonly ConfigMember[], shape: Extract<Shape, { kind: 'object' }>, path: string): unknown {
    const names = new Map(Object.keys(shape.keys).map((name) => [name.toLowerCase(), name]));
    const chosen = new Map<string, ConfigMember>();
    for (const member of members) {
      const name = names.get(member.key.toLowerCase());
      if (name === undefined) this.#noteUnknownKey(member, path, Object.keys(shape.keys));
      else if (chosen.has(name)) this.#warnRepeated(member, keyPath(path, name));
      if (name !== undefined) chosen.set(name, member);
    }
    const fitted: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(shape.keys)) {
      const member = chosen.get(name);
      const value = member && this.fit(member.value, shapeOf(schema), keyPath(path, name));
      if (value !== undefined) fitted[name] = value;
    }
    return fitted;
  }

  /** Keys are compared exactly, as what they name is none of ours. Null is no value here: Go would make it an empty one. */
  #map(members: readonly ConfigMember[], shape: Extract<Shape, { kind: 'map' }>, path: string): unknown {
    const value = shapeOf(shape.value);
    const fitted = new Map<string, unknown>();
    for (const member of members) {
      const memberPath = keyPath(path, member.key);
      if (fitted.has(member.key)) this.#warnRepeated(member, memberPath);
      const read =
        member.value.kind === 'null'
          ? this.#misfit(member.value, value, memberPath)
          : this.fit(member.value, value, memberPath);
      this.#offsets.set(memberPath, member.start);
      // The schema would leave these out unseen, since a program may take them for what every object has.
      if (hiddenKeys.has(member.key)) this.#refuseKey(member, memberPath);
      fitted.set(member.key, read ?? '');
    }
    return Object.fromEntries(fitted);
  }

  #list(node: ConfigNode, shape: Extract<Shape, { kind: 'list' }>, path: string): unknown {
    const item = shapeOf(shape.item);
    if (node.kind === 'string' && item.kind === 'string') return this.#bareString(node, path);
    if (node.kind !== 'list') return this.#misfit(node, shape, path);
    // Go fills a null entry with the empty value as well.
    const empty = { object: {}, integer: 0, string: '', boolean: false, list: [], map: {} }[item.kind];
    return node.items.map((entry, index) => this.fit(entry, item, `${path}[${index}]`) ?? empty);
  }

  #objects(
    node: ConfigNode & { readonly kind: 'list' },
    shape: Extract<Shape, { kind: 'object' }>,
    path: string,
  ): unknown {
    return node.items.map((entry, index) => this.fit(entry, { ...shape, orList: false }, `${path}[${index}]`) ?? {});
  }

  #bareString(node: ConfigNode & { readonly kind: 'string' }, path: string): readonly string[] {
    this.#offsets.set(`${path}[0]`, node.start);
    this.#warn({
      code: 'CONFIG_STRING_NOT_LIST',
      path,
      found: `is the string ${printableString(node.value)}`,
      allowed: 'it must be a list of strings, and is read as a list of this one',
      remedy: `Write [${printableString(node.value)}], since upstream refuses the bare string.`,
    });
    return [node.value];
  }

  #integer(node: ConfigNode, shape: Shape, path: string): unknown {
    if (node.kind !== 'number' || !/^-?(?:0|[1-9]\d*)$/.test(node.literal)) return this.#misfit(node, shape, path);
    // `-0` is 0.
    const value = Number(node.literal) + 0;
    if (Math.abs(value) <= largestInteger) return value;
    return this.#refuse(path, {
      code: 'CONFIG_NUMBER_TOO_LARGE',
      path,
      found: `is ${this.#source(node)}`,
      allowed: `whole numbers may be at most ${largestInteger}`,
      remedy: 'Write a smaller number.',
    });
  }

  #misfit(node: ConfigNode, shape: Shape, path: string): undefined {
    const subject = path === '' ? 'document' : path;
    return this.#refuse(path, {
      code: 'CONFIG_WRONG_TYPE',
      path: subject,
      found: `is ${this.#source(node)}`,
      allowed: `it must be ${wantedWords(shape)}`,
      remedy: misfitRemedy(node, shape),
    });
  }

  #refuseKey(member: ConfigMember, path: string): void {
    this.#refuse(path, {
      code: 'CONFIG_KEY_RESERVED',
      path,
      found: `has the name ${printableString(member.key)}`,
      allowed: 'a key of this name is not taken',
      remedy: 'Choose another key.',
    });
  }

  #refuse(path: string, finding: Finding): undefined {
    this.#unreadable.add(path);
    this.#problems.push(settingsProblem(finding));
  }

  #warn(finding: Finding): void {
    this.#warnings.push(settingsProblem(finding));
  }

  #noteUnknownKey(member: ConfigMember, path: string, known: readonly string[]): void {
    const memberPath = keyPath(path, member.key);
    this.#offsets.set(memberPath, member.start);
    this.#unknownKeys.push({ key: member.key, path: memberPath, known });
  }

  #warnRepeated(member: ConfigMember, path: string): void {
    this.#warn({
      code: 'CONFIG_KEY_DUPLICATE',
      path,
      found: `stands again as ${printableString(member.key)}`,
      allowed: 'only the last of the values counts',
      remedy: 'Leave one of them.',
    });
  }

  #source(node: ConfigNode): string {
    return printableText(this.text.slice(node.start, node.end));
  }
}
