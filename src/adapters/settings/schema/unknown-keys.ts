// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import { settingsProblem } from '#domain/settings/validation/findings.ts';
import { printableString } from '#domain/text/printable.ts';
import type { UnknownKey } from './normalizer.ts';

type Distance = (a: string, b: string) => number;

/** Warns about unknown keys, which upstream ignores silently, and names the nearest known key. */
export async function unknownKeyWarnings(unknownKeys: readonly UnknownKey[]): Promise<readonly Problem[]> {
  if (unknownKeys.length === 0) return [];
  const { distance } = await import('fastest-levenshtein');
  return unknownKeys.map((unknownKey) => unknownKeyWarning(unknownKey, distance));
}

function unknownKeyWarning(unknownKey: UnknownKey, distance: Distance): Problem {
  const nearest = nearestKey(unknownKey, distance);
  const known = unknownKey.known.map(printableString).join(', ');
  return settingsProblem({
    code: 'CONFIG_KEY_UNKNOWN',
    path: unknownKey.path,
    found: 'is not a setting and has no effect',
    allowed: nearest === null ? `the keys here are ${known}` : `the closest key is ${printableString(nearest)}`,
    remedy: nearest === null ? 'Remove the key.' : `Write ${printableString(nearest)}, or remove the key.`,
  });
}

/** The closest known key: at most a third of its letters may differ. Null if there is none. */
function nearestKey({ key, known }: UnknownKey, distance: Distance): string | null {
  if (key.length > 40) return null;
  let nearest: string | null = null;
  let least = Math.max(2, Math.floor(key.length / 3)) + 1;
  for (const candidate of known) {
    const steps = distance(key.toLowerCase(), candidate.toLowerCase());
    if (steps < least) [nearest, least] = [candidate, steps];
  }
  return nearest;
}
