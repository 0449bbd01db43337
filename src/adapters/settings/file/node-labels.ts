// SPDX-License-Identifier: Apache-2.0
import { type FollowedFile, followFile } from '#adapters/host/follow-file.ts';
import { type Problem, createProblem, hasCode } from '#domain/problem/problem.ts';
import type { LabelsReading, NodeLabels } from '#ports/node-labels.ts';
import { type FileDescription, readDescribedFile } from './described-file.ts';

/**
 * The labels of the node from a file in the format of the downward API, which another program on the node maintains.
 */
export class FileNodeLabels implements NodeLabels {
  constructor(private readonly file: FollowedFile) {}

  async read(): Promise<LabelsReading> {
    const { path } = this.file;
    const { bytes, problem } = await readDescribedFile(path, labelsFile);
    return problem === null ? parse(path, bytes) : unread(problem);
  }

  watch(onHint: () => void): () => void {
    return followFile(this.file, onHint);
  }
}

const labelsFile: FileDescription = {
  title: 'node labels file',
  flag: '--node-labels-file',
  codes: {
    missing: 'NODE_LABELS_FILE_MISSING',
    unreadable: 'NODE_LABELS_FILE_UNREADABLE',
    notAFile: 'NODE_LABELS_FILE_UNREADABLE',
    tooLarge: 'NODE_LABELS_FILE_UNREADABLE',
  },
};

function parse(path: string, bytes: Uint8Array): LabelsReading {
  const parsing = parseLabels(new TextDecoder().decode(bytes));
  return parsing.labels === null ? unread(invalid(path, parsing.line)) : { labels: parsing.labels, problem: null };
}

/** `line` is the number of the first invalid line, from 1. */
type LabelsParsing =
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

function unread(problem: Problem): LabelsReading {
  return { labels: null, retryable: hasCode(problem, 'NODE_LABELS_FILE_MISSING'), problem };
}

function invalid(path: string, line: number): Problem {
  return createProblem('NODE_LABELS_FILE_INVALID', {
    subject: path,
    message: `Line ${line} of ${path} is not a label in the format of the downward API.`,
    remedy: 'Write one label per line, such as topology.kubernetes.io/zone="a".',
  });
}
