// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import type { LabelsReading, NodeLabels } from '#ports/node-labels.ts';
import { followFile } from './follow-file.ts';
import { parseLabels } from './parse-labels.ts';
import { readBoundedFile } from './read-bounded-file.ts';

/** The labels of the node from a file that something on the node keeps, in the form of the downward API. */
export class FileNodeLabels implements NodeLabels {
  readonly #path: string;
  readonly #clock: Clock;

  constructor({ path, clock }: { readonly path: string; readonly clock: Clock }) {
    this.#path = path;
    this.#clock = clock;
  }

  async read(): Promise<LabelsReading> {
    return await Promise.resolve(this.#read());
  }

  watch(onHint: () => void): () => void {
    return followFile(this.#path, this.#clock, onHint);
  }

  #read(): LabelsReading {
    const { bytes, problem } = readBoundedFile(this.#path, labelsFile);
    if (problem !== null) return { labels: null, retryable: problem.code === labelsFile.codes.missing, problem };
    const parsed = parseLabels(new TextDecoder().decode(bytes));
    return parsed.labels === null
      ? { labels: null, retryable: false, problem: strangeLine(this.#path, parsed.line) }
      : { labels: parsed.labels, problem: null };
  }
}

const labelsFile = {
  title: "file of the node's labels",
  flag: '--node-labels-file',
  codes: {
    missing: 'NODE_LABELS_FILE_MISSING',
    unreadable: 'NODE_LABELS_FILE_UNREADABLE',
    notAFile: 'NODE_LABELS_FILE_UNREADABLE',
    tooLarge: 'NODE_LABELS_FILE_UNREADABLE',
  },
} as const;

function strangeLine(path: string, line: number): Problem {
  return createProblem('NODE_LABELS_FILE_INVALID', {
    subject: path,
    message: `Line ${line} of ${path} is no label in the form of the downward API.`,
    remedy: 'Write a label a line, as in topology.kubernetes.io/zone="a".',
  });
}
