// SPDX-License-Identifier: Apache-2.0

/** `line` is the number of the first invalid line, from 1. */
export type LabelsParsing =
  { readonly labels: ReadonlyMap<string, string> } | { readonly labels: null; readonly line: number };

/**
 * Parses labels as the downward API writes them to a file: `key="value"` lines, with the value quoted as by Go's %q
 * (k8s.io/kubernetes/pkg/fieldpath, FormatMap). Blank lines are skipped. Label values contain no character that %q
 * escapes, so a line with an escape is invalid.
 */
export function parseLabels(text: string): LabelsParsing {
  const labels = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [, key, value] = /^([^=\s"]+)="([^"\\]*)"$/.exec(line.trim()) ?? [];
    if (key !== undefined && value !== undefined) labels.set(key, value);
    else if (line.trim() !== '') return { labels: null, line: index + 1 };
  }
  return { labels };
}
