// SPDX-License-Identifier: Apache-2.0
import type { ConfigReading, ConfigSource } from '#ports/config-source.ts';
import { HeldStep } from './held-step.ts';

/** A source in memory. A test sets its content. */
export class HeldConfigSource implements ConfigSource {
  reads = 0;
  private readonly listeners = new Set<() => void>();

  private readonly step = new HeldStep();

  constructor(private reading: ConfigReading) {}

  async read(): Promise<ConfigReading> {
    this.reads += 1;
    await this.step.pass();
    return this.reading;
  }

  /** Lets no read finish until the returned function is called. */
  hold(): () => void {
    return this.step.hold();
  }

  watch(onHint: () => void): () => void {
    const listener = (): void => onHint();
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get watchers(): number {
    return this.listeners.size;
  }

  become(reading: ConfigReading): void {
    this.reading = reading;
    for (const listener of this.listeners) listener();
  }
}
