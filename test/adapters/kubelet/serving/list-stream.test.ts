// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { ListStream, type ListWriter } from '#adapters/kubelet/serving/list-stream.ts';

/** A writer that finishes one list at a time, when the test says so. */
class SlowWriter implements ListWriter {
  readonly lists: string[] = [];
  cancelled = false;
  ended = false;
  private sent: (() => void) | null = null;

  write(list: Uint8Array, sent: () => void): void {
    this.lists.push(Buffer.from(list).toString());
    this.sent = sent;
  }

  end(): void {
    this.ended = true;
  }

  finish(): void {
    const { sent } = this;
    this.sent = null;
    sent?.();
  }
}

describe('ListStream', () => {
  it('sends only the newest list to a slow reader', () => {
    const writer = new SlowWriter();
    const stream = new ListStream(writer);
    for (const list of ['a', 'b', 'c', 'd']) stream.send(Buffer.from(list));
    expect(writer.lists).toEqual(['a']);
    writer.finish();
    expect(writer.lists).toEqual(['a', 'd']);
    writer.finish();
    expect(writer.lists).toEqual(['a', 'd']);
    stream.send(Buffer.from('e'));
    expect(writer.lists).toEqual(['a', 'd', 'e']);
  });

  it('sends nothing to a reader that has cancelled', () => {
    const writer = new SlowWriter();
    const stream = new ListStream(writer);
    stream.send(Buffer.from('a'));
    stream.send(Buffer.from('b'));
    writer.cancelled = true;
    writer.finish();
    expect(writer.lists).toEqual(['a']);
  });
});
