// SPDX-License-Identifier: Apache-2.0
import { ProblemError } from '#domain/problem/problem.ts';
import type { LabelsReading, NodeLabels } from '#ports/node-labels.ts';

/** Labels whose reader is made when it is first used, so that what it needs is loaded only then. One that cannot be made is a reading that says why. */
export class LateNodeLabels implements NodeLabels {
  private made: Promise<NodeLabels> | null = null;

  constructor(private readonly make: () => Promise<NodeLabels>) {}

  async read(): Promise<LabelsReading> {
    try {
      return await (await this.reader()).read();
    } catch (error) {
      const problem = error instanceof ProblemError ? error.problems[0] : undefined;
      if (problem === undefined) throw error;
      return { labels: null, retryable: false, problem };
    }
  }

  watch(onHint: () => void): () => void {
    let stopped = false;
    let stop = (): void => {};
    void this.reader().then(
      (reader) => {
        if (!stopped) stop = reader.watch(onHint);
      },
      // A reading says why.
      () => {},
    );
    return () => {
      stopped = true;
      stop();
    };
  }

  private reader(): Promise<NodeLabels> {
    this.made ??= this.make();
    return this.made;
  }
}
