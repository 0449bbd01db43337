// SPDX-License-Identifier: Apache-2.0

const shortForms = new Map([
  ['-v', '--version'],
  ['-h', '--help'],
  ['-o', '--output'],
]);
const oneDash = /^-([A-Za-z][\w-]*)(=.*)?$/s;

/**
 * Converts arguments to the form with two dashes. Upstream uses Go's flag package: a flag takes one dash or two, and
 * the value of a boolean flag needs `=`. So `-use-cdi` alone means true and does not consume the next argument.
 */
export function normalizeArguments(words: readonly string[], booleans: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  const head = end === -1 ? words : words.slice(0, end);
  const tail = end === -1 ? [] : words.slice(end);
  return [...head.map((word) => withBooleanValue(withTwoDashes(word), booleans)), ...tail];
}

function withTwoDashes(word: string): string {
  const [, name, value = ''] = oneDash.exec(word) ?? [];
  if (name === undefined) return word;
  return `${shortForms.get(`-${name}`) ?? `--${name}`}${value}`;
}

function withBooleanValue(word: string, booleans: readonly string[]): string {
  return booleans.some((name) => word === `--${name}`) ? `${word}=true` : word;
}

/** Parses what Go's strconv.ParseBool accepts; returns null for anything else. */
export function parseBoolean(text: string): boolean | null {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  return null;
}
