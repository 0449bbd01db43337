// SPDX-License-Identifier: Apache-2.0

/** Lets one piece of work begin in each turn of the event loop, so that many at once do not hold up what arrives. */
export class Turns {
  private readonly waiting: (() => void)[] = [];
  private isTaken = false;

  /** Resolves when the caller may begin: immediately, unless another one began in this turn. */
  async next(): Promise<void> {
    if (this.isTaken) {
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
      return;
    }
    this.isTaken = true;
    this.passOn();
  }

  private passOn(): void {
    setImmediate(() => {
      const begin = this.waiting.shift();
      this.isTaken = begin !== undefined;
      if (begin === undefined) return;
      begin();
      this.passOn();
    });
  }
}
