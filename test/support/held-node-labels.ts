// SPDX-License-Identifier: Apache-2.0
import type { LabelsReading, NodeLabels } from '#ports/node-labels.ts';

export const noLabelsYet: LabelsReading = {
  labels: null,
  retryable: true,
  problem: {
    code: 'NO_LABELS',
    actor: 'operator',
    subject: 'test',
    message: 'The labels are missing.',
    remedy: 'Set labels.',
  },
};

/** Labels in memory. A test sets them. */
export class HeldNodeLabels implements NodeLabels {
  reads = 0;
  private readonly listeners = new Set<() => void>();

  constructor(private reading: LabelsReading = noLabelsYet) {}

  async read(): Promise<LabelsReading> {
    this.reads += 1;
    return await Promise.resolve(this.reading);
  }

  watch(onHint: () => void): () => void {
    const listener = (): void => onHint();
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get watchers(): number {
    return this.listeners.size;
  }

  hold(labels: Readonly<Record<string, string>>): void {
    this.become({ labels: new Map(Object.entries(labels)), problem: null });
  }

  become(reading: LabelsReading): void {
    this.reading = reading;
    for (const listener of this.listeners) listener();
  }
}
