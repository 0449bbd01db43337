// SPDX-License-Identifier: Apache-2.0
import { byteLength, truncateUtf8 } from '#domain/text/truncate-utf8.ts';
import type { NodeEvent } from '#ports/node-events.ts';

/** The longest message that the API accepts, in bytes of UTF-8 (validation of core Events, NoteLengthLimit). */
const longestMessage = 1024;

/** Joins message and closing. The closing helps most, so the message is the part that is cut. */
export function eventMessage({ message, closing }: Pick<NodeEvent, 'message' | 'closing'>): string {
  const end = closing === '' ? '' : ` ${truncateUtf8(closing, longestMessage / 2)}`;
  return `${truncateUtf8(message, longestMessage - byteLength(end))}${end}`;
}
