// SPDX-License-Identifier: Apache-2.0
// gRPC messages on an HTTP/2 stream, and the few protobuf fields that a benchmark has to read and write.

const prefixBytes = 5;

/** A gRPC message: one byte that says "not compressed", four of length, the payload. */
export function frame(payload) {
  const bytes = Buffer.alloc(prefixBytes + payload.length);
  bytes.writeUInt32BE(payload.length, 1);
  bytes.set(payload, prefixBytes);
  return bytes;
}

/** Puts messages together again from the chunks of a stream; `onMessage` gets each payload when it is whole. */
export function messageReader(onMessage) {
  let chunks = [];
  let held = 0;
  let wanted = prefixBytes;
  return (chunk) => {
    chunks.push(chunk);
    held += chunk.length;
    while (held >= wanted) {
      const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, held);
      const end = bytes.length < prefixBytes ? prefixBytes : prefixBytes + bytes.readUInt32BE(1);
      chunks = [bytes];
      wanted = end;
      if (held < end) return;
      onMessage(bytes.subarray(prefixBytes, end));
      chunks = held === end ? [] : [bytes.subarray(end)];
      held -= end;
      wanted = prefixBytes;
    }
  };
}

/** Texts of a protobuf message by field number: all that a RegisterRequest has, its options aside. Lengths below 128. */
export function readTexts(message) {
  const texts = new Map();
  for (let at = 0; at + 1 < message.length; at += 2 + message[at + 1]) {
    texts.set(message[at] >> 3, message.toString('utf8', at + 2, at + 2 + message[at + 1]));
  }
  return texts;
}

/** v1beta1 AllocateRequest with one container that wants one device. */
export function allocateRequest(id) {
  const device = Buffer.concat([Buffer.from([0x0a, id.length]), Buffer.from(id)]);
  return frame(Buffer.concat([Buffer.from([0x0a, device.length]), device]));
}
