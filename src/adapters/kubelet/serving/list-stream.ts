// SPDX-License-Identifier: Apache-2.0

/** The end of a stream at which lists are written: grpc-js's ServerWritableStream. `taken` is called when one has left. */
export interface Reader {
  readonly cancelled: boolean;
  write(list: Uint8Array, taken: () => void): unknown;
  end(): unknown;
}

/**
 * One open ListAndWatch stream. Each list is the whole truth, so a reader that is slow is owed only the newest: at most one
 * list is under way and one waits.
 */
export class ListStream {
  private writing = false;
  private waiting: Uint8Array | null = null;

  constructor(private readonly reader: Reader) {}

  send(list: Uint8Array): void {
    if (this.writing) {
      this.waiting = list;
      return;
    }
    this.writing = true;
    this.reader.write(list, () => this.written());
  }

  end(): void {
    this.reader.end();
  }

  private written(): void {
    this.writing = false;
    const next = this.waiting;
    this.waiting = null;
    if (next !== null && !this.reader.cancelled) this.send(next);
  }
}
