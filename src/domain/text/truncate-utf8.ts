// SPDX-License-Identifier: Apache-2.0

/** Returns the number of bytes of a code point in UTF-8. */
function bytesOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x1_0000 ? 3 : 4;
}

/** Returns the number of bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  return Array.from(text).reduce((sum, character) => sum + bytesOf(character), 0);
}

/** Returns the beginning of a text, with `…` if something was cut off, in at most `limit` bytes of UTF-8. */
export function truncateUtf8(text: string, limit: number): string {
  if (byteLength(text) <= limit) return text;
  let remaining = limit - bytesOf('…');
  let kept = '';
  for (const character of text) {
    remaining -= bytesOf(character);
    if (remaining < 0) break;
    kept += character;
  }
  return `${kept}…`;
}
