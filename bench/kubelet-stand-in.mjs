// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http2';
import { join } from 'node:path';
import { frame, messageReader, readStrings } from './grpc-frame.mjs';

const accepted = frame(Buffer.alloc(0));

/** Accepts registrations on kubelet.sock, and does nothing else. */
export class KubeletStandIn {
  /** `{endpoint, resource, at}`, with `at` from `performance.now()`. */
  registrations = [];

  constructor(directory) {
    this.directory = directory;
    this.server = createServer();
    this.server.on('stream', (stream) => this.serve(stream));
    this.server.on('sessionError', () => {});
  }

  listen() {
    return new Promise((resolve, reject) =>
      this.server.once('error', reject).listen(join(this.directory, 'kubelet.sock'), resolve),
    );
  }

  /** Resolves when `count` resources have registered. */
  registered(count) {
    return new Promise((resolve) => {
      this.settle = () => {
        if (this.registrations.length >= count) resolve();
      };
      this.settle();
    });
  }

  close() {
    this.server.close();
  }

  serve(stream) {
    stream.on('error', () => {});
    stream.on(
      'data',
      messageReader((request) => this.addRegistration(request)),
    );
    stream.on('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(accepted);
    });
  }

  addRegistration(request) {
    const strings = readStrings(request);
    this.registrations.push({
      endpoint: join(this.directory, strings.get(2)),
      resource: strings.get(3),
      at: performance.now(),
    });
    this.settle?.();
  }
}
