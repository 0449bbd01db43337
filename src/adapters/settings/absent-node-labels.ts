// SPDX-License-Identifier: Apache-2.0
import { createProblem } from '#domain/problem/problem.ts';
import type { LabelsReading, NodeLabels } from '#ports/node-labels.ts';

/** Where nothing tells the labels of the node. */
export class AbsentNodeLabels implements NodeLabels {
  async read(): Promise<LabelsReading> {
    return await Promise.resolve({
      labels: null,
      retryable: false,
      problem: createProblem('NODE_LABELS_UNAVAILABLE', {
        subject: 'nodes',
        message:
          'The settings have entries for nodes with some labels, and nothing tells this program the labels of its node: a settings file has none.',
        remedy:
          'Read the settings by --config-source kubernetes, which asks for the own node, or give a file with --node-labels-file, or match by names.',
      }),
    });
  }

  watch(): () => void {
    return () => {};
  }
}
