// SPDX-License-Identifier: Apache-2.0
import { ProblemError } from '#domain/problem/problem.ts';
import type { ConfigNode } from './document.ts';
import { parseDocument } from './parse-document.ts';

/**
 * Parses one YAML document as plain values, which the caller checks: an object for a map, null for an empty document.
 * `name` is what problems call the text. Rejects with a ProblemError that names line and column.
 */
export async function parseYaml(text: string, name = 'document.yaml'): Promise<unknown> {
  const reading = await parseDocument(name, new TextEncoder().encode(text), 'yaml');
  if (reading.problem !== null) throw new ProblemError([reading.problem]);
  return plainValue(reading.document.root);
}

function plainValue(node: ConfigNode): unknown {
  if (node.kind === 'object') {
    return Object.fromEntries(node.members.map(({ key, value }) => [key, plainValue(value)]));
  }
  if (node.kind === 'list') return node.items.map(plainValue);
  if (node.kind === 'number') return Number(node.literal);
  return node.kind === 'null' ? null : node.value;
}
