// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { ListStream, type Reader } from '#adapters/kubelet/serving/list-stream.ts';

/** A reader that takes one list at a time, when told to. */
class SlowReader implements Reader {
  readonly read: string[] = [];
  cancelled = false;
  ended = false;
  private taken: (() => void) | null = null;

  write(list: Uint8Array, taken: () => void): void {
    this.read.push(Buffer.from(list).toString());
    this.taken = taken;
  }

  end(): void {
    this.ended = true;
  }

  take(): void {
    const taken = this.taken;
    this.taken = null;
    taken?.();
  }
}

describe('a list stream', () => {
  it('owes a slow reader only the newest list', () => {
    const reader = new SlowReader();
    const stream = new ListStream(reader);
    for (const list of ['a', 'b', 'c', 'd']) stream.send(Buffer.from(list));
    expect(reader.read).toEqual(['a']);
    reader.take();
    expect(reader.read).toEqual(['a', 'd']);
    reader.take();
    expect(reader.read).toEqual(['a', 'd']);
    stream.send(Buffer.from('e'));
    expect(reader.read).toEqual(['a', 'd', 'e']);
  });

  it('sends nothing more to a reader that has gone', () => {
    const reader = new SlowReader();
    const stream = new ListStream(reader);
    stream.send(Buffer.from('a'));
    stream.send(Buffer.from('b'));
    reader.cancelled = true;
    reader.take();
    expect(reader.read).toEqual(['a']);
  });
});
