// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem, hasCode } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import type { LabelsReading, NodeLabels } from '#ports/node-labels.ts';
import { followFile } from './follow-file.ts';
import { parseLabels } from './parse-labels.ts';
import { type FileDescription, readBoundedFile } from './read-bounded-file.ts';

/**
 * The labels of the node from a file in the format of the downward API, which another program on the node maintains.
 */
export class FileNodeLabels implements NodeLabels {
  private readonly path: string;
  private readonly clock: Clock;

  constructor({ path, clock }: { readonly path: string; readonly clock: Clock }) {
    this.path = path;
    this.clock = clock;
  }

  async read(): Promise<LabelsReading> {
    const { bytes, problem } = readBoundedFile(this.path, labelsFile);
    return await Promise.resolve(problem === null ? parse(this.path, bytes) : unread(problem));
  }

  watch(onHint: () => void): () => void {
    return followFile(this.path, this.clock, onHint);
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
  return parsing.labels === null ? unread(invalidLine(path, parsing.line)) : { labels: parsing.labels, problem: null };
}

function unread(problem: Problem): LabelsReading {
  return { labels: null, retryable: hasCode(problem, 'NODE_LABELS_FILE_MISSING'), problem };
}

function invalidLine(path: string, line: number): Problem {
  return createProblem('NODE_LABELS_FILE_INVALID', {
    subject: path,
    message: `Line ${line} of ${path} is not a label in the format of the downward API.`,
    remedy: 'Write one label per line, such as topology.kubernetes.io/zone="a".',
  });
}
