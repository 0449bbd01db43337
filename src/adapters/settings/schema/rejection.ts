// SPDX-License-Identifier: Apache-2.0
import type * as v from 'valibot';
import type { Problem } from '#domain/problem/problem.ts';
import { type Finding, keyPath, settingsProblem } from '#domain/settings/validation/findings.ts';
import { printableString, printableText } from '#domain/text/printable.ts';
import type { ConfigNode } from '../document/document.ts';
import type { Place } from './normalize.ts';
import { type Shape, metadataOf, shapeOf } from './shape.ts';
import { rangeWords, wantedWords } from './wanted-words.ts';

/** The path of a value that the schema rejected. */
function pathOf({ path }: v.BaseIssue<unknown>): string {
  const keys = (path ?? []).map(({ key }) => key);
  return keys.reduce<string>((at, key) => (typeof key === 'number' ? `${at}[${key}]` : keyPath(at, String(key))), '');
}

/** The problem for a value that the schema rejected. `text` is that of the document. */
export function rejection(issue: v.BaseIssue<unknown>, places: ReadonlyMap<string, Place>, text: string): Problem {
  const path = pathOf(issue);
  const place = places.get(path);
  if (place === undefined || place.schema === null) throw new Error(`The schema rejected ${path}, which is not known.`);
  const { node, schema } = place;
  const found = `is ${printableText(text.slice(node.start, node.end))}`;
  return settingsProblem({ path: path === '' ? 'document' : path, found, ...judge(issue, node, schema) });
}

type Judgement = Pick<Finding, 'code' | 'allowed' | 'remedy'>;

function judge({ type, input }: v.BaseIssue<unknown>, node: ConfigNode, schema: v.GenericSchema): Judgement {
  if (type === 'picklist' && node.kind === 'string') return unknownWord(schema);
  const isInteger = typeof input === 'number' && !Number.isNaN(input);
  return isInteger && type !== 'picklist' && shapeOf(schema).kind === 'integer'
    ? outOfRange(schema, input)
    : wrongType(node, shapeOf(schema));
}

function unknownWord(schema: v.GenericSchema): Judgement {
  return {
    code: 'CONFIG_VALUE_UNKNOWN',
    allowed: `it must be ${wantedWords(shapeOf(schema))}`,
    remedy: remedyOf(schema, 'Write one of these words'),
  };
}

function outOfRange(schema: v.GenericSchema, value: number): Judgement {
  return {
    code: 'CONFIG_VALUE_OUT_OF_RANGE',
    allowed: `it must be ${rangeWords(schema, value)}`,
    remedy: remedyOf(schema, 'Write a number in this range'),
  };
}

function remedyOf(schema: v.GenericSchema, general: string): string {
  const { remedy, default: fallback } = metadataOf(schema);
  if (remedy !== undefined) return remedy;
  return fallback === undefined
    ? `${general}.`
    : `${general}, or remove the key for the default, ${JSON.stringify(fallback)}.`;
}

function wrongType(node: ConfigNode, shape: Shape): Judgement {
  return {
    code: 'CONFIG_WRONG_TYPE',
    allowed: `it must be ${wantedWords(shape)}`,
    remedy: wrongTypeRemedy(node, shape),
  };
}

/** How to write the value with the right type, where that can be guessed. */
function wrongTypeRemedy(node: ConfigNode, shape: Shape): string {
  const scalar = scalarText(node);
  const item = shape.kind === 'list' ? shapeOf(shape.item).kind : null;
  if (shape.kind === 'string' && scalar !== null) return `Write it in quotes: ${printableString(scalar)}.`;
  if (item === 'string' && scalar !== null) return `Write it as a list, in quotes: [${printableString(scalar)}].`;
  if (item === 'integer' && node.kind === 'number') return `Write it as a list: [${node.literal}].`;
  if (shape.kind === 'integer') return integerRemedy(node);
  if (shape.kind === 'list' && node.kind === 'object') return 'Put the object into a list: [{ … }].';
  return `Write ${wantedWords(shape)}.`;
}

function scalarText(node: ConfigNode): string | null {
  if (node.kind === 'number') return node.literal;
  return node.kind === 'boolean' ? String(node.value) : null;
}

function integerRemedy(node: ConfigNode): string {
  const text = node.kind === 'string' ? node.value : scalarText(node);
  const value = text === null || text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isSafeInteger(value)) return 'Write a whole number in digits only.';
  return `Write ${value}, ${node.kind === 'string' ? 'without quotes' : 'in digits only'}.`;
}
