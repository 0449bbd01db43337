// SPDX-License-Identifier: Apache-2.0

const lengthLimit = 80;
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\s]+/gu;

/**
 * Returns untrusted text in a form that is safe in a message: one line, no control characters, at most 80 characters.
 */
export function printableText(text: string): string {
  const characters = Array.from(text.slice(0, 4 * lengthLimit).replace(unprintable, ' '));
  const fits = text.length <= 4 * lengthLimit && characters.length <= lengthLimit;
  return fits ? characters.join('') : `${characters.slice(0, lengthLimit - 1).join('')}…`;
}

/** Returns a quoted string in the form of `printableText`. */
export function printableString(text: string): string {
  return printableText(JSON.stringify(text));
}
