// SPDX-License-Identifier: Apache-2.0
import type { ConfigNode } from '../../document/document.ts';

export type NodeOf<Kind extends ConfigNode['kind']> = Extract<ConfigNode, { readonly kind: Kind }>;

/** All values that a document assigns to one place, in their order. */
export type Assigned = readonly ConfigNode[];

/**
 * Returns the values that count, all of one kind; empty if the place has none. They follow Go's encoding/json
 * (decode.go): null leaves a number, a string or a struct as it is, and clears a list, a map or a pointer. A value of
 * another kind, which Go rejects, replaces those before it.
 */
export function lastingValues(assigned: Assigned, clearedByNull: boolean): Assigned {
  const isNull = ({ kind }: ConfigNode): boolean => kind === 'null';
  const kept = clearedByNull ? assigned.slice(assigned.findLastIndex(isNull) + 1) : assigned;
  const values = kept.filter((node) => !isNull(node));
  const last = values.at(-1);
  return values.slice(values.findLastIndex(({ kind }) => kind !== last?.kind) + 1);
}

/**
 * Returns what is assigned to each element of a list. Go reads a list into the elements of the list before it: an
 * element keeps what the new one leaves out, and the last list has the last word on the length. Elements that a shorter
 * list in between hides come back; an empty list forgets them (decode.go, `array`).
 */
export function elementsOf(lists: readonly NodeOf<'list'>[]): readonly Assigned[] {
  const elements = (lists.at(-1)?.items ?? []).map((): ConfigNode[] => []);
  const remembered = lists.slice(lists.findLastIndex(({ items }) => items.length === 0) + 1);
  for (const { items } of remembered) items.forEach((item, index) => elements[index]?.push(item));
  return elements;
}
