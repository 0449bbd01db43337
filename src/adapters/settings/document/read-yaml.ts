// SPDX-License-Identifier: Apache-2.0
import type * as YamlLibrary from 'yaml';
import type { CST, Document, Node, Pair, Range, Scalar, YAMLError } from 'yaml';
import { printableString } from '#domain/text/printable.ts';
import { DocumentRefusal, deepestNesting, mostValues, refuseCount, refuseDepth } from './document.ts';
import type { ConfigDocument, ConfigMember, ConfigNode } from './document.ts';

/** How many values aliases may stand for in all; a bound against documents that unfold without end. */
const mostAliasedValues = 10_000;

/**
 * Reads one YAML 1.2 document; a key that stands twice, several documents and aliases that unfold too far are refused.
 * The library costs tens of milliseconds and is loaded at the first call. Rejects with DocumentRefusal.
 */
export async function readYaml(text: string): Promise<ConfigDocument> {
  const yaml = await import('yaml');
  // The library's own check of keys is quadratic; YamlTree does it.
  const composer = new yaml.Composer({ uniqueKeys: false, prettyErrors: false, logLevel: 'error' });
  const [first, second] = composer.compose(boundedTokens(yaml, text));
  if (first === undefined) return { text, root: { start: 0, end: 0, kind: 'null' } };
  const [error] = first.errors;
  if (error !== undefined) throw syntaxRefusal(error);
  if (second !== undefined) throw severalDocuments(second);
  return { text, root: new YamlTree(yaml, text).convert(first.contents) };
}

/** The library's composer recurses, and deep text takes the whole process down: bounded while the parser still loops. */
function* boundedTokens(yaml: Pick<typeof YamlLibrary, 'Lexer' | 'Parser'>, text: string): Generator<CST.Token> {
  const parser = new yaml.Parser();
  let lexemes = 0;
  for (const lexeme of new yaml.Lexer().lex(text)) {
    yield* parser.next(lexeme);
    lexemes += 1;
    if (parser.stack.length > 2 * deepestNesting) throw refuseDepth(parser.offset);
    if (lexemes > lexemesOfAValue * mostValues) throw refuseCount(parser.offset);
  }
  yield* parser.end();
}

/** A value on a line of its own has an indent, a key, a colon, blanks, itself and a line break. */
const lexemesOfAValue = 6;

function syntaxRefusal(error: YAMLError): DocumentRefusal {
  const remedy = 'Correct the YAML at this place.';
  return new DocumentRefusal('CONFIG_SYNTAX', error.pos[0], `is not YAML: ${printableString(error.message)}`, remedy);
}

function severalDocuments(second: Document.Parsed): DocumentRefusal {
  const found = 'holds several YAML documents';
  return new DocumentRefusal(
    'CONFIG_YAML_MULTIPLE_DOCUMENTS',
    second.range[0],
    found,
    'Leave one document in the file.',
  );
}

type Yaml = Pick<typeof YamlLibrary, 'isAlias' | 'isMap' | 'isScalar' | 'isSeq'>;
type Span = { readonly start: number; readonly end: number };

/** Turns the library's tree into ours, in document order, so that an alias means the anchor before it. */
class YamlTree {
  readonly #anchors = new Map<string, ConfigNode>();
  #aliasedValues = 0;

  constructor(
    private readonly yaml: Yaml,
    private readonly text: string,
  ) {}

  convert(node: Node | null, depth = 0, fallback = 0): ConfigNode {
    const span = spanOf(node?.range, fallback);
    if (depth > deepestNesting) throw refuseDepth(span.start);
    if (node === null) return { ...span, kind: 'null' };
    if (this.yaml.isAlias(node)) return this.#aliased(node.source, span);
    const converted = this.#convertContent(node, depth, span);
    if ('anchor' in node && typeof node.anchor === 'string') this.#anchors.set(node.anchor, converted);
    return converted;
  }

  #convertContent(node: Node, depth: number, span: Span): ConfigNode {
    if (this.yaml.isMap<Node, Node | null>(node)) {
      return { ...span, kind: 'object', members: this.#members(node.items, depth, span) };
    }
    if (this.yaml.isSeq<Node | null>(node)) {
      return { ...span, kind: 'list', items: node.items.map((item) => this.convert(item, depth + 1, span.start)) };
    }
    return this.yaml.isScalar(node) ? scalar(node, span, this.text) : { ...span, kind: 'null' };
  }

  #members(pairs: readonly Pair<Node, Node | null>[], depth: number, span: Span): ConfigMember[] {
    const seen = new Set<string>();
    return pairs.map((pair) => {
      const { start, end } = spanOf(pair.key.range, span.start);
      const key = this.#key(pair.key, { start, end });
      if (seen.has(key)) throw repeatedKey(key, start);
      seen.add(key);
      return { key, start, value: this.convert(pair.value, depth + 1, end) };
    });
  }

  #key(node: Node, { start, end }: Span): string {
    return this.yaml.isScalar(node) && typeof node.value === 'string' ? node.value : this.text.slice(start, end);
  }

  /** What an alias stands for, at the place of the alias. An anchor is known once its value is complete: no cycles. */
  #aliased(name: string, span: Span): ConfigNode {
    const target = this.#anchors.get(name);
    if (target === undefined) {
      const found = `has an alias of ${printableString(name)}, which is no anchor before it`;
      throw new DocumentRefusal('CONFIG_SYNTAX', span.start, found, 'Write the value itself instead of the alias.');
    }
    this.#aliasedValues += countUpTo(target, mostAliasedValues);
    if (this.#aliasedValues <= mostAliasedValues) return target;
    const found = `unfolds by its aliases to more than ${mostAliasedValues} values`;
    throw new DocumentRefusal('CONFIG_YAML_ALIAS', span.start, found, 'Write the settings without aliases.');
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

function repeatedKey(key: string, start: number): DocumentRefusal {
  const found = `has the key ${printableString(key)} twice in one place`;
  return new DocumentRefusal('CONFIG_KEY_DUPLICATE', start, found, 'Leave one of the two.');
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
