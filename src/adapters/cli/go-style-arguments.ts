// SPDX-License-Identifier: Apache-2.0

/** Other names of flags. */
const shortForms = new Map([
  ['v', 'version'],
  ['h', 'help'],
  ['o', 'output'],
  ['node', 'node-name'],
  ['labels', 'node-labels'],
]);
const flagForm = /^--?([A-Za-z][\w-]*)(=.*)?$/s;

/**
 * Converts arguments to the form with two dashes. Upstream uses Go's flag package: a flag takes one dash or two, and
 * `-use-cdi` alone means true. Go ignores a word behind it, and all that follows; here a word that is a boolean is the
 * value, as it is for other flags, and any other word is an argument of its own.
 */
export function normalizeArguments(words: readonly string[], booleans: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  const head = (end === -1 ? words : words.slice(0, end)).map(withTwoDashes);
  const tail = end === -1 ? [] : words.slice(end);
  return [...withBooleanValues(head, booleans), ...tail];
}

function withTwoDashes(word: string): string {
  const [, name, value = ''] = flagForm.exec(word) ?? [];
  if (name === undefined) return word;
  return `--${shortForms.get(name) ?? name}${value}`;
}

/** Writes the value of each boolean flag behind a `=`. */
function withBooleanValues(words: readonly string[], booleans: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    if (isBooleanFlag(words[index - 1], booleans) && parseBoolean(word) !== null) return [];
    if (!isBooleanFlag(word, booleans)) return [word];
    const next = words[index + 1] ?? '';
    return [`${word}=${parseBoolean(next) === null ? 'true' : next}`];
  });
}

/** Whether a word is a boolean flag without a value. */
function isBooleanFlag(word: string | undefined, booleans: readonly string[]): boolean {
  return booleans.some((name) => word === `--${name}`);
}

/** Parses what Go's strconv.ParseBool accepts; returns null for anything else. */
export function parseBoolean(text: string): boolean | null {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  return null;
}

const unitMs: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** Returns the milliseconds of a duration as in Go's time.ParseDuration: `90s`, `1m30s`; null for anything else. */
export function parseDuration(text: string): number | null {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return null;
  const parts = [...text.matchAll(/([\d.]+)(ms|s|m|h)/g)];
  return parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (unitMs.get(unit) ?? 0), 0);
}
