// SPDX-License-Identifier: Apache-2.0

/** `line` is that of the first line that is none of the form, from 1. */
export type LabelsParsing =
  { readonly labels: ReadonlyMap<string, string> } | { readonly labels: null; readonly line: number };

/**
 * Reads labels as the downward API writes them to a file: `key="value"` lines, the value quoted as by Go's %q
 * (k8s.io/kubernetes/pkg/fieldpath, FormatMap). A line may be blank. Label values have no character that %q would escape, so that escapes are refused.
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
