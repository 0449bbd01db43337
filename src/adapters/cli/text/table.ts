// SPDX-License-Identifier: Apache-2.0

/** Returns the rows as lines in which two spaces separate the columns, as in kubectl. */
export function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const padded = (text: string, column: number): string => text.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(padded).join('  ').trimEnd());
}

/** How wide texts for a terminal are. */
export const lineWidth = 80;

/** Breaks a text into lines of at most `length` characters, where its words are not longer. */
export function wrapped(text: string, length: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= length) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
