// SPDX-License-Identifier: Apache-2.0

const longestShown = 80;
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\s]+/gu;

/** Text from outside as it may stand in a message: one line, nothing that moves a terminal, 80 characters at most. */
export function printableText(text: string): string {
  const head = Array.from(text.slice(0, 4 * longestShown).replace(unprintable, ' '));
  const whole = text.length <= 4 * longestShown && head.length <= longestShown;
  return whole ? head.join('') : `${head.slice(0, longestShown - 1).join('')}…`;
}

/** A string in quotes, as `printableText` shows it. */
export function printableString(text: string): string {
  return printableText(JSON.stringify(text));
}
