// SPDX-License-Identifier: Apache-2.0
import type * as v from 'valibot';
import type { Problem } from '#domain/problem/problem.ts';
import { type Finding, keyPath, settingsProblem } from '#domain/settings/validation/findings.ts';
import { printableString, printableText } from '#domain/text/printable.ts';
import type { ConfigNode } from '../document/document.ts';
import type { Place } from './reading/normalizer.ts';
import { meantNumber } from './quantity.ts';
import { expectedText, metadataOf, shapeOf } from './shape.ts';

/** The problem for a value that the schema rejected. `text` is that of the document. */
export function rejection(issue: v.BaseIssue<unknown>, places: ReadonlyMap<string, Place>, text: string): Problem {
  const path = pathOf(issue);
  const place = places.get(path);
  if (place === undefined || place.schema === null) throw new Error(`The schema rejected ${path}, which is not known.`);
  const { node, schema } = place;
  const { code, allowed, remedy } = judge(node, schema, issue.input);
  const found = `is ${printableText(text.slice(node.start, node.end))}`;
  return settingsProblem({
    code,
    path: path === '' ? 'document' : path,
    found,
    allowed: `it must be ${allowed}`,
    remedy,
  });
}

function pathOf({ path }: v.BaseIssue<unknown>): string {
  const keys = (path ?? []).map(({ key }) => key);
  return keys.reduce<string>((at, key) => (typeof key === 'number' ? `${at}[${key}]` : keyPath(at, String(key))), '');
}

/** `allowed` follows "it must be". */
type Judgement = Pick<Finding, 'code' | 'allowed' | 'remedy'>;

function judge(node: ConfigNode, schema: v.GenericSchema, value: unknown): Judgement {
  const shape = shapeOf(schema);
  if (shape.kind === 'word' && node.kind === 'string') {
    const remedy = remedyOf(schema, 'Write one of these words');
    return { code: 'CONFIG_VALUE_UNKNOWN', allowed: expectedText(shape), remedy };
  }
  if (shape.kind === 'integer' && typeof value === 'number' && !Number.isNaN(value)) {
    const remedy = remedyOf(schema, 'Write a number in this range');
    return { code: 'CONFIG_VALUE_OUT_OF_RANGE', allowed: rangeText(schema, value), remedy };
  }
  return { code: 'CONFIG_WRONG_TYPE', allowed: expectedText(shape), remedy: wrongTypeRemedy(node, schema) };
}

/** The range that a number is outside of. */
function rangeText(schema: v.GenericSchema, value: number): string {
  const { minimum, maximum } = metadataOf(schema);
  if (minimum !== undefined && maximum !== undefined) return `a whole number from ${minimum} to ${maximum}`;
  return minimum !== undefined && value < minimum
    ? `a whole number of at least ${minimum}`
    : `a whole number of at most ${maximum ?? Number.MAX_SAFE_INTEGER}`;
}

function remedyOf(schema: v.GenericSchema, general: string): string {
  const { remedy, default: fallback } = metadataOf(schema);
  if (remedy !== undefined) return remedy;
  return fallback === undefined
    ? `${general}.`
    : `${general}, or remove the key for the default, ${JSON.stringify(fallback)}.`;
}

/** How to write the value with the right type, if that can be guessed. */
function wrongTypeRemedy(node: ConfigNode, schema: v.GenericSchema): string {
  const shape = shapeOf(schema);
  const scalar = scalarText(node);
  const item = shape.kind === 'list' ? shapeOf(shape.item).kind : null;
  if (shape.kind === 'string' && scalar !== null) return `Write it in quotes: ${printableString(scalar)}.`;
  if (item === 'string' && scalar !== null) return `Write it as a list, in quotes: [${printableString(scalar)}].`;
  if (item === 'integer' && node.kind === 'number') return `Write it as a list: [${node.literal}].`;
  if (shape.kind === 'integer') return integerRemedy(node, metadataOf(schema).unit ?? null);
  if (shape.kind === 'object' && 'configList' in shape.keys && node.kind === 'list')
    return 'Put the list into an object: {"configList": [ … ]}.';
  if (shape.kind === 'list' && node.kind === 'object') return 'Put the object into a list: [{ … }].';
  return `Write ${expectedText(shape)}.`;
}

function scalarText(node: ConfigNode): string | null {
  if (node.kind === 'number') return node.literal;
  return node.kind === 'boolean' ? String(node.value) : null;
}

function integerRemedy(node: ConfigNode, unit: 'seconds' | null): string {
  const text = node.kind === 'string' ? node.value : scalarText(node);
  const meant = text === null ? null : meantNumber(text, unit);
  if (meant !== null) return `Write ${meant}${unit === null ? '' : `: the unit is ${unit}`}.`;
  const value = text === null || text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isSafeInteger(value)) return 'Write a whole number in digits only.';
  return `Write ${value}, ${node.kind === 'string' ? 'without quotes' : 'in digits only'}.`;
}
