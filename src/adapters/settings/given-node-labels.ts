// SPDX-License-Identifier: Apache-2.0
import { createProblem } from '#domain/problem/problem.ts';
import type { LabelsReading, NodeLabels } from '#ports/node-labels.ts';

/** Labels that somebody gave on the command line, as `key=value` each. */
export class GivenNodeLabels implements NodeLabels {
  constructor(private readonly texts: readonly string[]) {}

  async read(): Promise<LabelsReading> {
    const invalid = this.texts.find((text) => !/^[^=\s]+=[^=\s]*$/.test(text));
    if (invalid === undefined) return { labels: new Map(this.texts.map(splitLabel)), problem: null };
    const problem = createProblem('NODE_LABELS_INVALID', {
      subject: '--node-labels',
      message: `--node-labels has ${JSON.stringify(invalid)}, which is not key=value.`,
      remedy: 'Write each label as key=value, and separate labels by commas.',
    });
    return await Promise.resolve({ labels: null, retryable: false, problem });
  }

  watch(): () => void {
    return () => {};
  }
}

function splitLabel(text: string): readonly [key: string, value: string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}
