// SPDX-License-Identifier: Apache-2.0
import { ProblemError } from '#domain/problem/problem.ts';
import type { ConfigReading, ConfigSource } from '#ports/config-source.ts';

/** A source that is made when it is first used, so that what it needs is loaded only then. One that cannot be made is a reading that says why. */
export class LateConfigSource implements ConfigSource {
  private made: Promise<ConfigSource> | null = null;

  constructor(private readonly make: () => Promise<ConfigSource>) {}

  async read(): Promise<ConfigReading> {
    try {
      return await (await this.source()).read();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return { valid: false, retryable: false, problems: error.problems, warnings: [] };
    }
  }

  watch(onHint: () => void): () => void {
    let stopped = false;
    let stop = (): void => {};
    void this.source().then(
      (source) => {
        if (!stopped) stop = source.watch(onHint);
      },
      // A reading says why.
      () => {},
    );
    return () => {
      stopped = true;
      stop();
    };
  }

  private source(): Promise<ConfigSource> {
    this.made ??= this.make();
    return this.made;
  }
}
