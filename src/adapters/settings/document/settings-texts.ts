// SPDX-License-Identifier: Apache-2.0
import type { Document, Pair, Scalar, YAMLMap } from 'yaml';

/** A text that may be settings, and what problems call it. */
export interface SettingsText {
  readonly name: string;
  readonly text: string;
}

/**
 * Finds the settings in a file: in the ConfigMaps and NicClusterPolicies of a manifest, else the file itself. The lines
 * and columns of a text are those of the file, unless it is in quotes.
 */
export async function findSettingsTexts(name: string, file: string): Promise<readonly SettingsText[]> {
  const { parseAllDocuments, isMap } = await import('yaml');
  if (!/^\s*"?kind"?\s*:/m.test(file)) return [{ name, text: file }];
  const documents = [...parseAllDocuments(file)] as readonly Document.Parsed[];
  if (documents.some(({ errors }) => errors.length > 0)) return [{ name, text: file }];
  const objects = documents.flatMap(({ contents }) => (isMap(contents) ? [contents] : []));
  const texts = objects.flatMap((object) => textsOf(object, file));
  return texts.length === 0
    ? [{ name, text: file }]
    : texts.map(({ path, text }) => ({ name: `${name}, ${path}`, text }));
}

interface FoundText {
  readonly path: string;
  readonly text: string;
}

function textsOf(object: YAMLMap, file: string): readonly FoundText[] {
  const kind = String(object.get('kind'));
  if (kind === 'ConfigMap') return textsOfConfigMap(object, file);
  if (kind !== 'NicClusterPolicy') return [];
  const config = object.getIn(['spec', 'rdmaSharedDevicePlugin', 'config'], true);
  return textOf(config, 'spec.rdmaSharedDevicePlugin.config', file);
}

/** A ConfigMap may hold other files. The settings have the extension of one, unless there is only one key. */
function textsOfConfigMap(object: YAMLMap, file: string): readonly FoundText[] {
  const data = object.get('data', true);
  const items = isMapNode(data) ? data.items : [];
  const named = items.filter(({ key }) => /\.(?:json|ya?ml)$/i.test(String(key)));
  const chosen = named.length > 0 ? named : items.slice(0, 1);
  return chosen.flatMap(({ key, value }) => textOf(value, `data.${String(key)}`, file));
}

function isMapNode(node: unknown): node is { readonly items: readonly Pair[] } {
  return typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items);
}

function isText(node: unknown): node is Scalar<string> {
  return typeof node === 'object' && node !== null && 'value' in node && typeof node.value === 'string';
}

function textOf(node: unknown, path: string, file: string): readonly FoundText[] {
  if (!isText(node)) return [];
  const { type, range, value } = node;
  const isLiteral = type === 'BLOCK_LITERAL' && range !== null && range !== undefined;
  return [{ path, text: isLiteral ? atItsPlace(file, range[0], range[1]) : value }];
}

/** Returns the lines of a literal block, after as many empty lines as stand before it in the file. */
function atItsPlace(file: string, start: number, end: number): string {
  const firstLine = file.indexOf('\n', start) + 1;
  return file.slice(0, firstLine).replaceAll(/[^\n]/g, '') + file.slice(firstLine, end);
}
