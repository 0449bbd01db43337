// SPDX-License-Identifier: Apache-2.0
import type { NodeEvent } from '#ports/node-events.ts';

/** The longest message that the API accepts, in bytes of UTF-8 (validation of core Events, NoteLengthLimit). */
const longestMessage = 1024;

/** Joins message and closing. The closing helps most, so the message is the part that is cut. */
export function eventMessage({ message, closing }: Pick<NodeEvent, 'message' | 'closing'>): string {
  const end = closing === '' ? '' : ` ${truncate(closing, longestMessage / 2)}`;
  return `${truncate(message, longestMessage - Buffer.byteLength(end))}${end}`;
}

/** Returns the beginning of a text, with `…` if something was cut off, in at most `limit` bytes of UTF-8. */
function truncate(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(limit - Buffer.byteLength('…')));
  return `${text.slice(0, read)}…`;
}
