// SPDX-License-Identifier: Apache-2.0
// Generated from scripts/generate-codecs.mjs, do not edit: npm run generate

import minimal from 'protobufjs/minimal.js';
import type { Reader, Writer } from 'protobufjs/minimal.js';

const { Reader: WireReader, Writer: WireWriter } = minimal;

/** Turns messages of one type into bytes and back. `decode` is as lenient as protobufjs: it throws a RangeError where it can't go on. */
export interface Codec<T> {
  encode(message: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

export function codec<T>(write: (message: T, to: Writer) => Writer, read: (from: Reader, end: number) => T): Codec<T> {
  return {
    encode: (message) => write(message, WireWriter.create()).finish(),
    decode: (bytes) => read(WireReader.create(bytes), bytes.length),
  };
}
