// SPDX-License-Identifier: Apache-2.0
import type { ConfigReading, ConfigSource } from '#ports/config-source.ts';

/** A source in memory. A test sets its content. */
export class HeldConfigSource implements ConfigSource {
  reads = 0;
  private readonly listeners = new Set<() => void>();

  constructor(private reading: ConfigReading) {}

  async read(): Promise<ConfigReading> {
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

  become(reading: ConfigReading): void {
    this.reading = reading;
    for (const listener of this.listeners) listener();
  }
}
