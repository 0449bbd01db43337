// SPDX-License-Identifier: Apache-2.0
import { type ObjectNode, type StringNode, type ValueNode, parse } from '@humanwhocodes/momoa';
import { printableString } from '#domain/text/printable.ts';
import { InvalidDocument, maxNesting, maxValues, tooManyValues, tooDeep } from './document.ts';
import type { ConfigDocument, ConfigMember, ConfigNode } from './document.ts';

/** Parses strict JSON (RFC 8259): no comments, no trailing commas, nothing after the value. Throws InvalidDocument. */
export function readJson(text: string): ConfigDocument {
  checkBounds(text);
  return { format: 'json', text, root: nodeOf(parseStrictly(text), text) };
}

function parseStrictly(text: string): ValueNode {
  try {
    return parse(text, { mode: 'json', ranges: true }).body;
  } catch (error) {
    throw syntaxError(text, offsetOf(error, text));
  }
}

function offsetOf(error: unknown, text: string): number {
  const offset = typeof error === 'object' && error !== null && 'offset' in error ? error.offset : 0;
  // The parser reports 0 where the text ends before a value. Nothing is wrong at 0, where the bracket is.
  return typeof offset === 'number' && offset > 0 ? Math.min(offset, text.length) : text.length;
}

function syntaxError(text: string, offset: number): InvalidDocument {
  if (endsEarly(text, offset)) {
    const remedy =
      'Complete the file: a bracket or a quotation mark is still open. It may have been read while it was written.';
    return new InvalidDocument('CONFIG_INCOMPLETE', text.trimEnd().length, 'ends in the middle of its JSON', remedy);
  }
  const found = `is not JSON: unexpected ${printableString(String.fromCodePoint(text.codePointAt(offset) ?? 0))}`;
  return new InvalidDocument('CONFIG_SYNTAX', offset, found, syntaxRemedy(text, offset));
}

function syntaxRemedy(text: string, offset: number): string {
  const found = text[offset] ?? '';
  if (found === '/' || found === '#') return 'Remove the comment: JSON has no comments.';
  if (/[}\]]/.test(found) && /,\s*$/.test(text.slice(Math.max(0, offset - 200), offset))) {
    return 'Remove the comma before the closing bracket.';
  }
  return 'Correct the JSON here, or, if the file is YAML, give it a name that ends with .yaml.';
}

const lastToken = /^(?:"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|[^\s,:{}[\]"]*|[,:{[])\s*$/s;

/** Whether the parser failed at or after the last token while brackets are open. */
function endsEarly(text: string, offset: number): boolean {
  return lastToken.test(text.slice(offset)) && openBrackets(text);
}

function openBrackets(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(structure)) depth += depthStep(token);
  return depth > 0;
}

/**
 * Strings are tokens, so that brackets in them do not count. A string without an end reaches to the end of the text.
 */
const structure = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|[{}[\],]/gs;

function depthStep(token: string): number {
  if (token === '{' || token === '[') return 1;
  return token === '}' || token === ']' ? -1 : 0;
}

/** Runs before the parser, which recurses. */
function checkBounds(text: string): void {
  let depth = 0;
  let values = 1;
  for (const { 0: token, index } of text.matchAll(structure)) {
    depth += depthStep(token);
    if (token === ',') values += 1;
    if (depth > maxNesting) throw tooDeep(index);
    if (values > maxValues) throw tooManyValues(index);
  }
}

function nodeOf(node: ValueNode, text: string): ConfigNode {
  const span = { start: node.loc.start.offset, end: node.loc.end.offset };
  if (node.type === 'Object') return { ...span, kind: 'object', members: membersOf(node, text) };
  if (node.type === 'Array') {
    return { ...span, kind: 'list', items: node.elements.map((element) => nodeOf(element.value, text)) };
  }
  if (node.type === 'String') return { ...span, kind: 'string', value: stringOf(node, text) };
  if (node.type === 'Number') return { ...span, kind: 'number', literal: text.slice(span.start, span.end) };
  if (node.type === 'Boolean') return { ...span, kind: 'boolean', value: node.value };
  if (node.type === 'Null') return { ...span, kind: 'null' };
  throw syntaxError(text, span.start);
}

function membersOf(node: ObjectNode, text: string): ConfigMember[] {
  return node.members.map(({ name, value }) => {
    if (name.type !== 'String') throw syntaxError(text, name.loc.start.offset);
    return { key: stringOf(name, text), start: name.loc.start.offset, value: nodeOf(value, text) };
  });
}

/** The parser accepts control characters in strings, which JSON and upstream's decoder reject. */
function stringOf(node: StringNode, text: string): string {
  const start = node.loc.start.offset;
  const control = text.slice(start, node.loc.end.offset).search(controlCharacter);
  if (control !== -1) throw syntaxError(text, start + control);
  return node.value;
}

const controlCharacter = /(?![\x7f-\x9f])\p{Cc}/u;
