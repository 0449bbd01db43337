// SPDX-License-Identifier: Apache-2.0

/** Where lists are written: a ServerWritableStream of grpc-js. Calls `sent` when a list is sent. */
export interface ListWriter {
  readonly cancelled: boolean;
  write(list: Uint8Array, sent: () => void): unknown;
  end(): unknown;
}

/**
 * One open ListAndWatch stream. Each list replaces the one before, so a slow reader gets only the newest: at most one
 * list is being sent, and one waits.
 */
export class ListStream {
  private sending = false;
  private next: Uint8Array | null = null;

  constructor(private readonly writer: ListWriter) {}

  send(list: Uint8Array): void {
    if (this.sending) {
      this.next = list;
      return;
    }
    this.sending = true;
    this.writer.write(list, () => this.sendNext());
  }

  end(): void {
    this.writer.end();
  }

  private sendNext(): void {
    this.sending = false;
    const { next } = this;
    this.next = null;
    if (next !== null && !this.writer.cancelled) this.send(next);
  }
}
