// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import { settingsProblem } from '#domain/settings/findings.ts';
import { printableString } from '#domain/text/printable.ts';
import type { UnknownKey } from './fit-to-schema.ts';

/** Warns of keys that no setting has, which upstream passes over in silence, with the nearest key that exists. */
export async function unknownKeyWarnings(unknownKeys: readonly UnknownKey[]): Promise<readonly Problem[]> {
  if (unknownKeys.length === 0) return [];
  const { distance } = await import('fastest-levenshtein');
  return unknownKeys.map((unknown) => unknownKeyWarning(unknown, distance));
}

function unknownKeyWarning(unknown: UnknownKey, distance: (a: string, b: string) => number): Problem {
  const nearest = nearestKey(unknown, distance);
  const known = unknown.known.map((key) => printableString(key)).join(', ');
  return settingsProblem({
    code: 'CONFIG_KEY_UNKNOWN',
    path: unknown.path,
    found: 'is no setting and has no effect',
    allowed: nearest === null ? `the keys here are ${known}` : `perhaps ${printableString(nearest)} is meant`,
    remedy: nearest === null ? 'Take the key out.' : `Write ${printableString(nearest)}, or take the key out.`,
  });
}

/** Null where no key is near enough to be meant: at most a third of its letters may differ. */
function nearestKey({ key, known }: UnknownKey, distance: (a: string, b: string) => number): string | null {
  if (key.length > 40) return null;
  let nearest: string | null = null;
  let least = Math.max(2, Math.floor(key.length / 3)) + 1;
  for (const candidate of known) {
    const steps = distance(key.toLowerCase(), candidate.toLowerCase());
    if (steps < least) [nearest, least] = [candidate, steps];
  }
  return nearest;
}
