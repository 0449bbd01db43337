// SPDX-License-Identifier: Apache-2.0
import { createProblem } from '#domain/problem/problem.ts';
import type { LabelsReading, NodeLabels } from '#ports/node-labels.ts';

/** For a configuration without a source of node labels. */
export class AbsentNodeLabels implements NodeLabels {
  async read(): Promise<LabelsReading> {
    return await Promise.resolve({ labels: null, retryable: false, problem: labelsUnavailable });
  }

  watch(): () => void {
    return () => {};
  }
}

const labelsUnavailable = createProblem('NODE_LABELS_UNAVAILABLE', {
  subject: 'nodes',
  message: 'An entry of nodes matches by labels, but the labels of this node are not available with a settings file.',
  remedy:
    'Use --config-source kubernetes, which reads the labels of the Node, or set --node-labels-file, or match by names.',
});
