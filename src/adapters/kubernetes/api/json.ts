// SPDX-License-Identifier: Apache-2.0

/** Returns a member of a value of unknown shape; undefined if there is no such member. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}
