// SPDX-License-Identifier: Apache-2.0

/** The failures that docs/reliability.md lists, by the first cell of their rows, each with the test that it names. */
export function failuresIn(text) {
  const rows = text.matchAll(
    /^\| ([^|]+) \|.* \| `(test\/[^`]+)`: (.+) \|$|^\| ([^|]+) \| `(test\/[^`]+)`: (.+) \|$/gm,
  );
  return new Map([...rows].map(([, a, b, c, d, e, f]) => [a ?? d, { file: b ?? e, name: c ?? f }]));
}
