// SPDX-License-Identifier: Apache-2.0

/**
 * Groups items by a key, in the order of the first of each group. Leaves out items whose key is null. Node 20 has no
 * `Map.groupBy`.
 */
export function groupBy<Item>(items: Iterable<Item>, keyOf: (item: Item) => string | null): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
