// SPDX-License-Identifier: Apache-2.0
import type * as YamlLibrary from 'yaml';
import type { CST, Node, Pair, Range, Scalar, YAMLError } from 'yaml';
import { printableString } from '#domain/text/printable.ts';
import { InvalidDocument, maxNesting, maxValues, tooManyValues, tooDeep } from './document.ts';
import type { ConfigDocument, ConfigMember, ConfigNode } from './document.ts';

/** How many values all aliases together may expand to: a bound against documents that expand exponentially. */
const maxAliasedValues = 10_000;

/**
 * Parses one YAML 1.2 document. Duplicate keys, several documents and aliases that expand too far are invalid. The
 * library takes tens of milliseconds to load, and is loaded at the first call. Rejects with InvalidDocument.
 */
export async function readYaml(text: string): Promise<ConfigDocument> {
  const yaml = await import('yaml');
  // The library's own check for duplicate keys is quadratic; YamlTree has one.
  const composer = new yaml.Composer({ uniqueKeys: false, prettyErrors: false, logLevel: 'error' });
  const [first, second] = composer.compose(boundedTokens(yaml, text));
  if (first === undefined) return { format: 'yaml', text, root: { start: 0, end: 0, kind: 'null' } };
  const [error] = first.errors;
  if (error !== undefined) throw syntaxError(error);
  if (second !== undefined) {
    const found = 'has more than one YAML document';
    throw new InvalidDocument(
      'CONFIG_YAML_MULTIPLE_DOCUMENTS',
      second.range[0],
      found,
      'Keep one document in the file.',
    );
  }
  return { format: 'yaml', text, root: new YamlTree(yaml, text).convert(first.contents) };
}

/** Bounds the text while the parser loops: the composer recurses, and deep text would crash the process. */
function* boundedTokens(yaml: Pick<typeof YamlLibrary, 'Lexer' | 'Parser'>, text: string): Generator<CST.Token> {
  const parser = new yaml.Parser();
  let lexemes = 0;
  for (const lexeme of new yaml.Lexer().lex(text)) {
    yield* parser.next(lexeme);
    lexemes += 1;
    if (parser.stack.length > 2 * maxNesting) throw tooDeep(parser.offset);
    if (lexemes > lexemesPerValue * maxValues) throw tooManyValues(parser.offset);
  }
  yield* parser.end();
}

/** A line has an indent, a key, a colon, white space, a value and a line break. */
const lexemesPerValue = 6;

function syntaxError(error: YAMLError): InvalidDocument {
  const remedy = 'Correct the YAML here.';
  return new InvalidDocument('CONFIG_SYNTAX', error.pos[0], `is not YAML: ${printableString(error.message)}`, remedy);
}

type Yaml = Pick<typeof YamlLibrary, 'isAlias' | 'isMap' | 'isScalar' | 'isSeq'>;
type Span = { readonly start: number; readonly end: number };

/** Converts the library's tree, in document order, so that an alias refers to the anchor before it. */
class YamlTree {
  private readonly anchors = new Map<string, ConfigNode>();
  private aliasedValues = 0;

  constructor(
    private readonly yaml: Yaml,
    private readonly text: string,
  ) {}

  convert(node: Node | null, depth = 0, fallback = 0): ConfigNode {
    const span = spanOf(node?.range, fallback);
    if (depth > maxNesting) throw tooDeep(span.start);
    if (node === null) return { ...span, kind: 'null' };
    if (this.yaml.isAlias(node)) return this.resolveAlias(node.source, span);
    const converted = this.convertContent(node, depth, span);
    if ('anchor' in node && typeof node.anchor === 'string') this.anchors.set(node.anchor, converted);
    return converted;
  }

  private convertContent(node: Node, depth: number, span: Span): ConfigNode {
    if (this.yaml.isMap<Node, Node | null>(node)) {
      return { ...span, kind: 'object', members: this.members(node.items, depth, span) };
    }
    if (this.yaml.isSeq<Node | null>(node)) {
      return { ...span, kind: 'list', items: node.items.map((item) => this.convert(item, depth + 1, span.start)) };
    }
    return this.yaml.isScalar(node) ? scalar(node, span, this.text) : { ...span, kind: 'null' };
  }

  private members(pairs: readonly Pair<Node, Node | null>[], depth: number, span: Span): ConfigMember[] {
    const seen = new Set<string>();
    return pairs.map((pair) => {
      const { start, end } = spanOf(pair.key.range, span.start);
      const key = this.keyOf(pair.key, { start, end });
      if (seen.has(key)) throw duplicateKey(key, start);
      seen.add(key);
      return { key, start, value: this.convert(pair.value, depth + 1, end) };
    });
  }

  private keyOf(node: Node, { start, end }: Span): string {
    return this.yaml.isScalar(node) && typeof node.value === 'string' ? node.value : this.text.slice(start, end);
  }

  /** The value of an alias. An anchor is known only when its value is complete, so there are no cycles. */
  private resolveAlias(name: string, span: Span): ConfigNode {
    const target = this.anchors.get(name);
    if (target === undefined) {
      const found = `has an alias of ${printableString(name)}, but no such anchor before it`;
      throw new InvalidDocument('CONFIG_SYNTAX', span.start, found, 'Write the value itself instead of the alias.');
    }
    this.aliasedValues += countUpTo(target, maxAliasedValues);
    if (this.aliasedValues <= maxAliasedValues) return target;
    const found = `expands through its aliases to more than ${maxAliasedValues} values`;
    throw new InvalidDocument('CONFIG_YAML_ALIAS', span.start, found, 'Write the settings without aliases.');
  }
}

function spanOf(range: Range | null | undefined, fallback: number): Span {
  return { start: range?.[0] ?? fallback, end: range?.[1] ?? fallback };
}

function scalar(node: Scalar, span: Span, text: string): ConfigNode {
  const { value } = node;
  if (typeof value === 'string') return { ...span, kind: 'string', value };
  if (typeof value === 'boolean') return { ...span, kind: 'boolean', value };
  if (value === null) return { ...span, kind: 'null' };
  const source = node.source ?? text.slice(span.start, span.end);
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  return isNumber ? { ...span, kind: 'number', literal: source } : { ...span, kind: 'string', value: source };
}

function duplicateKey(key: string, start: number): InvalidDocument {
  const found = `has the key ${printableString(key)} twice in one object`;
  return new InvalidDocument('CONFIG_KEY_DUPLICATE', start, found, 'Remove one of the two.');
}

function countUpTo(node: ConfigNode, limit: number): number {
  let count = 0;
  const pending = [node];
  for (let next = pending.pop(); next !== undefined && count <= limit; next = pending.pop()) {
    count += 1;
    if (next.kind === 'list') pending.push(...next.items.slice(0, limit));
    if (next.kind === 'object') pending.push(...next.members.slice(0, limit).map((member) => member.value));
  }
  return count;
}
