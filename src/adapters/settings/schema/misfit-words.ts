// SPDX-License-Identifier: Apache-2.0
import { printableString } from '#domain/text/printable.ts';
import type { ConfigNode } from '../document/document.ts';
import { shapeOf } from './shape.ts';
import type { Shape } from './shape.ts';

/** What a shape wants, to stand after "it must be". */
export function wantedWords(shape: Shape): string {
  if (shape.kind === 'object' && shape.orList) return 'an object or a list of objects';
  if (shape.kind !== 'list') return words[shape.kind];
  return `a ${wantedType(shape)}`;
}

/** The type of a shape in one or two words. */
export function wantedType(shape: Shape): string {
  if (shape.kind === 'object' && shape.orList) return 'object or list of objects';
  if (shape.kind === 'map') return 'object of strings';
  if (shape.kind !== 'list') return shape.kind;
  return listTypes[shapeOf(shape.item).kind];
}

const listTypes = {
  string: 'list of strings',
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

/** What to write instead of a value of a wrong type. */
export function misfitRemedy(node: ConfigNode, shape: Shape): string {
  const written = scalarText(node);
  if (shape.kind === 'string' && written !== null) return `Write it in quotes: ${printableString(written)}.`;
  if (shape.kind === 'list' && written !== null && shapeOf(shape.item).kind === 'string') {
    return `Write it as a list, in quotes: [${printableString(written)}].`;
  }
  if (shape.kind === 'list' && node.kind === 'number' && shapeOf(shape.item).kind === 'integer')
    return `Write it as a list: [${node.literal}].`;
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
  const why = node.kind === 'string' ? 'without quotes' : 'in digits only';
  return `Write ${value}, ${why}.`;
}
