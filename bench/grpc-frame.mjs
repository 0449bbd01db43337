// SPDX-License-Identifier: Apache-2.0
// gRPC framing on an HTTP/2 stream, and the few protobuf fields that the benchmark reads and writes.

const prefixBytes = 5;

/** Returns a gRPC frame: one byte for "not compressed", four bytes of length, the payload. */
export function frame(payload) {
  const bytes = Buffer.alloc(prefixBytes + payload.length);
  bytes.writeUInt32BE(payload.length, 1);
  bytes.set(payload, prefixBytes);
  return bytes;
}

/** Returns a function that takes the chunks of a stream. `onMessage` gets the payload of each complete frame. */
export function messageReader(onMessage) {
  let chunks = [];
  let buffered = 0;
  let wanted = prefixBytes;
  return (chunk) => {
    chunks.push(chunk);
    buffered += chunk.length;
    while (buffered >= wanted) {
      const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, buffered);
      const end = bytes.length < prefixBytes ? prefixBytes : prefixBytes + bytes.readUInt32BE(1);
      chunks = [bytes];
      wanted = end;
      if (buffered < end) return;
      onMessage(bytes.subarray(prefixBytes, end));
      chunks = buffered === end ? [] : [bytes.subarray(end)];
      buffered -= end;
      wanted = prefixBytes;
    }
  };
}

/**
 * Returns the strings of a protobuf message by field number. Works for a RegisterRequest, whose options follow its
 * strings. Lengths must be below 128.
 */
export function readStrings(message) {
  const strings = new Map();
  for (let at = 0; at + 1 < message.length; at += 2 + message[at + 1]) {
    strings.set(message[at] >> 3, message.toString('utf8', at + 2, at + 2 + message[at + 1]));
  }
  return strings;
}

/** Returns the frame of a v1beta1 AllocateRequest for one container and one device. */
export function allocateRequest(id) {
  const device = Buffer.concat([Buffer.from([0x0a, id.length]), Buffer.from(id)]);
  return frame(Buffer.concat([Buffer.from([0x0a, device.length]), device]));
}
