// SPDX-License-Identifier: Apache-2.0

/** A watch that runs only while it is wanted, and restarts when its key changes. */
export class SwitchedWatch {
  private key: string | null = null;
  private stopWatching: () => void = () => {};

  /** `key` identifies what is watched; null stops the watch. `start` returns the function that ends it. */
  set(key: string | null, start: () => () => void): void {
    if (key === this.key) return;
    this.stop();
    if (key === null) return;
    this.key = key;
    this.stopWatching = start();
  }

  stop(): void {
    this.stopWatching();
    this.stopWatching = () => {};
    this.key = null;
  }
}
