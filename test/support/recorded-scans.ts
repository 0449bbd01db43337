// SPDX-License-Identifier: Apache-2.0
import { Observers } from '#app/status/observers.ts';
import type { ScanMeasurement } from '#ports/observer.ts';

/** An observer that remembers the scans. */
export class RecordedScans extends Observers {
  readonly measures: ScanMeasurement[] = [];

  constructor() {
    super([]);
  }

  override scanFinished(measure: ScanMeasurement): void {
    this.measures.push(measure);
  }
}
