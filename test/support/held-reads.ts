// SPDX-License-Identifier: Apache-2.0
import type { ReadAttribute } from '#adapters/host/attribute-file.ts';

/** Reads of attributes that a test can hold, as a driver does that does not answer. */
export class HeldReads {
  /** The paths of all reads that have begun. */
  readonly started: string[] = [];
  private readonly held: string[] = [];
  private waiting: (() => void)[] = [];

  constructor(private readonly textOf: (path: string) => string | null) {}

  readonly read: ReadAttribute = async (path) => {
    this.started.push(path);
    if (this.held.some((end) => path.endsWith(end)))
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    return this.textOf(path);
  };

  /** From now on, reads of paths with this end do not finish. */
  hold(end: string): void {
    this.held.push(end);
  }

  /** Lets all reads finish, those that wait and later ones. */
  release(): void {
    this.held.length = 0;
    for (const finish of this.waiting.splice(0)) finish();
  }
}
