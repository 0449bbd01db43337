// SPDX-License-Identifier: Apache-2.0

const shortForms = new Map([
  ['-v', '--version'],
  ['-h', '--help'],
  ['-o', '--output'],
]);
const oneDash = /^-([A-Za-z][\w-]*)(=.*)?$/s;

/**
 * Brings arguments into the form with two dashes. Upstream's flags are those of Go's flag package: one dash or two, and a
 * truth value follows only after `=`, so `-use-cdi` alone is true and takes no further word.
 */
export function normaliseArguments(words: readonly string[], booleans: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  const head = end === -1 ? words : words.slice(0, end);
  return [...head.map((word) => giveValue(giveTwoDashes(word), booleans)), ...(end === -1 ? [] : words.slice(end))];
}

function giveTwoDashes(word: string): string {
  const [, name, value = ''] = oneDash.exec(word) ?? [];
  if (name === undefined) return word;
  return `${shortForms.get(`-${name}`) ?? `--${name}`}${value}`;
}

function giveValue(word: string, booleans: readonly string[]): string {
  return booleans.some((name) => word === `--${name}`) ? `${word}=true` : word;
}

/** The words that Go's strconv.ParseBool takes; null for any other. */
export function parseBoolean(text: string): boolean | null {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  return null;
}
