// SPDX-License-Identifier: Apache-2.0

/** Seconds in each unit that people write after a number. */
const secondsIn: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  sec: 1,
  second: 1,
  m: 60,
  min: 60,
  minute: 60,
  h: 3_600,
  hour: 3_600,
  d: 86_400,
  day: 86_400,
};

const multiples: Readonly<Record<string, number>> = { k: 1_000, M: 1_000_000 };

/** Returns the whole number that a text with a unit means, such as 60 for `1m`; null if that is not clear. */
export function meantNumber(text: string, unit: 'seconds' | null): number | null {
  const [, digits = '', word = ''] = /^\s*(\d{1,12}(?:\.\d{1,6})?)\s*([A-Za-z]{1,8})\s*$/.exec(text) ?? [];
  const factor = unit === 'seconds' ? secondsPer(word) : multiples[word];
  const value = factor === undefined ? Number.NaN : Number(digits) * factor;
  return Number.isSafeInteger(value) ? value : null;
}

/** An abbreviation has no plural. */
function secondsPer(word: string): number | undefined {
  const lower = word.toLowerCase();
  return secondsIn[lower] ?? secondsIn[lower.replace(/s$/, '')];
}
