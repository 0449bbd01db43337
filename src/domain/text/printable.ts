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

const controls = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Returns a text with control characters as `\\u001b`: they end lines, move the cursor of a terminal or hide what
 * follows. Names in the kernel may contain them.
 */
export function escapeControls(text: string): string {
  return text.replace(controls, (control) =>
    Array.from(control, (unit) => `\\u${(unit.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** Returns a quoted string in the form of `printableText`. */
export function printableString(text: string): string {
  return printableText(JSON.stringify(text));
}
