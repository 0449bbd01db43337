// SPDX-License-Identifier: Apache-2.0
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Empty, ListAndWatchResponse } from './generated/deviceplugin.ts';

export type ListCall = ServerWritableStream<Empty, ListAndWatchResponse | Uint8Array>;

/**
 * One open ListAndWatch stream. Each list is the whole truth, so a reader that is slow is owed only the newest: at most one
 * list is under way and one waits.
 */
export class ListStream {
  private writing = false;
  private waiting: Uint8Array | null = null;

  constructor(private readonly call: ListCall) {}

  send(list: Uint8Array): void {
    if (this.writing) {
      this.waiting = list;
      return;
    }
    this.writing = true;
    this.call.write(list, () => this.written());
  }

  end(): void {
    this.call.end();
  }

  private written(): void {
    this.writing = false;
    const next = this.waiting;
    this.waiting = null;
    if (next !== null && !this.call.cancelled) this.send(next);
  }
}
