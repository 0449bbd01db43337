// SPDX-License-Identifier: Apache-2.0

/** A step that passes at once unless a test holds it or makes it fail. */
export class HeldStep {
  started = 0;
  private released: Promise<void> = Promise.resolve();
  private failure: string | null = null;

  async pass(): Promise<void> {
    this.started += 1;
    await this.released;
    if (this.failure !== null) throw new Error(this.failure);
  }

  /** Holds the step until the returned function is called. */
  hold(): () => void {
    let release = (): void => {};
    this.released = new Promise((resolve) => {
      release = resolve;
    });
    return () => release();
  }

  /** Makes the step fail until the returned function is called. */
  fail(message: string): () => void {
    this.failure = message;
    return () => {
      this.failure = null;
    };
  }
}
