// SPDX-License-Identifier: Apache-2.0
import { cdiSpecOf } from '#domain/grant/cdi-spec.ts';
import type { Offer } from '#domain/offer/offer.ts';
import type { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import type { Clock } from '#ports/clock.ts';
import { BoundedStep } from './bounded-step.ts';
import { cdiTimeout } from './step-timeouts.ts';

/**
 * Writes the CDI specs of offers. Without a store, containers get their device nodes directly and it writes nothing.
 */
export class SpecWriter {
  private readonly step: BoundedStep;

  constructor(
    private readonly store: CdiSpecStore | null,
    clock: Clock,
    onLate: () => void,
  ) {
    this.step = new BoundedStep(clock, cdiTimeout, onLate);
  }

  /** Rejects with a ProblemError if the specs cannot be written. */
  async write(offers: readonly Offer[]): Promise<void> {
    const { store } = this;
    if (store !== null) await this.step.run(() => store.replaceAll(offers.map(cdiSpecOf)));
  }
}
