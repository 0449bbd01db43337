// SPDX-License-Identifier: Apache-2.0
import { readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http2';
import { join } from 'node:path';
import { frame, messageReader, readStrings } from './grpc-frame.mjs';

const accepted = frame(Buffer.alloc(0));

/** Accepts registrations on kubelet.sock, and does nothing else. */
export class KubeletStandIn {
  /** `{endpoint, resource, at}`, with `at` from `performance.now()`. */
  registrations = [];
  waiting = [];

  constructor(directory) {
    this.directory = directory;
    this.server = this.createServer();
  }

  createServer() {
    const server = createServer();
    server.on('stream', (stream) => this.serve(stream));
    server.on('sessionError', () => {});
    return server;
  }

  /** Removes all sockets of plugins and forgets the registrations, as a kubelet does that starts. */
  async restart() {
    this.server.close();
    for (const name of readdirSync(this.directory)) {
      if (name.endsWith('.sock')) rmSync(join(this.directory, name), { force: true });
    }
    this.registrations = [];
    this.server = this.createServer();
    await this.listen();
  }

  listen() {
    return new Promise((resolve, reject) =>
      this.server.once('error', reject).listen(join(this.directory, 'kubelet.sock'), resolve),
    );
  }

  /** Resolves when `count` resources have registered. */
  registered(count) {
    return new Promise((resolve) => {
      this.waiting.push({ count, resolve });
      this.settle();
    });
  }

  settle() {
    const isOver = ({ count }) => this.registrations.length >= count;
    for (const { resolve } of this.waiting.filter(isOver)) resolve();
    this.waiting = this.waiting.filter((one) => !isOver(one));
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
      // The program may have been killed meanwhile.
      if (stream.destroyed) return;
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
    this.settle();
  }
}
