// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import { settingsProblem } from '#domain/settings/validation/findings.ts';
import { printableString } from '#domain/text/printable.ts';
import type { UnknownKey } from './normalizer.ts';
import { shapeOf } from '../shape.ts';

type Distance = (a: string, b: string) => number;

/** An unknown key with the key that is probably meant. */
export interface MisplacedKey {
  readonly unknown: UnknownKey;
  /** The path of the key that is meant, from the object of the unknown one: `vendors`, `selectors.vendors`. */
  readonly meant: string | null;
}

/** Finds the key that each unknown key probably stands for. */
export async function explainUnknownKeys(unknownKeys: readonly UnknownKey[]): Promise<readonly MisplacedKey[]> {
  if (unknownKeys.length === 0) return [];
  const { distance } = await import('fastest-levenshtein');
  return unknownKeys.map((unknown) => ({ unknown, meant: meantKey(unknown, distance) }));
}

/** Warns about an unknown key, which upstream ignores silently, and names the key that is meant. */
export function unknownKeyWarning({ unknown, meant }: MisplacedKey): Problem {
  const known = Object.keys(unknown.known).map(printableString).join(', ');
  return settingsProblem({
    code: 'CONFIG_KEY_UNKNOWN',
    path: unknown.path,
    found: 'is not a setting and has no effect',
    allowed: meant === null ? `the keys here are ${known}` : `the closest key is ${printableString(meant)}`,
    remedy: meant === null ? 'Remove the key.' : `${correction(meant)}, or remove the key.`,
  });
}

/** How to correct a key, as an imperative without a full stop. `key` is its path, or empty if that is clear. */
export function correction(meant: string, key = ''): string {
  const [first = meant, ...inner] = meant.split('.');
  if (inner.length > 0) return `Move ${key === '' ? 'it' : key} into ${printableString(first)}`;
  return `Rename ${key === '' ? 'it' : key} to ${printableString(first)}`;
}

function meantKey(unknown: UnknownKey, distance: Distance): string | null {
  if (unknown.key.length > 40) return null;
  const key = unknown.key.toLowerCase();
  const known = Object.keys(unknown.known);
  return innerKey(key, unknown) ?? keyEndingWith(key, known) ?? nearestKey(key, known, distance);
}

/** The same key in an object below: upstream's operator writes `vendors` beside `name`. */
function innerKey(key: string, { known }: UnknownKey): string | null {
  for (const [outer, schema] of Object.entries(known)) {
    const shape = shapeOf(schema);
    const inner = shape.kind === 'object' ? Object.keys(shape.keys).find((name) => name.toLowerCase() === key) : null;
    if (inner) return `${outer}.${inner}`;
  }
  return null;
}

/** The one key that ends with the text, such as `resourceName` for `name`. */
function keyEndingWith(key: string, known: readonly string[]): string | null {
  const [only, ...others] = known.filter((name) => key.length > 2 && name.toLowerCase().endsWith(key));
  return others.length === 0 ? (only ?? null) : null;
}

/** The key with the fewest letters that differ: at most a third of them. */
function nearestKey(key: string, known: readonly string[], distance: Distance): string | null {
  let nearest: string | null = null;
  let least = Math.max(2, Math.floor(key.length / 3)) + 1;
  for (const candidate of known) {
    const steps = distance(key, candidate.toLowerCase());
    if (steps < least) [nearest, least] = [candidate, steps];
  }
  return nearest;
}
