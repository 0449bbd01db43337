// SPDX-License-Identifier: Apache-2.0
import { connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { frame, messageReader } from './grpc-frame.mjs';

const empty = frame(Buffer.alloc(0));
const service = '/v1beta1.DevicePlugin/';

/** A client of the device plugin API on a bare HTTP/2 session. A gRPC library would add its own time to the measures. */
export class PluginClient {
  static async connect(socketPath) {
    const session = connect('http://localhost', { createConnection: () => connectSocket(socketPath) });
    await new Promise((resolve, reject) => session.once('connect', resolve).once('error', reject));
    return new PluginClient(session);
  }

  constructor(session) {
    this.session = session;
    session.on('error', () => {});
  }

  /** Sends a framed request and resolves to the framed response. Rejects unless grpc-status is 0. */
  allocate(request) {
    return new Promise((resolve, reject) => {
      const chunks = [];
      let status = 'none';
      const stream = this.request('Allocate', request);
      stream.on('trailers', (trailers) => {
        status = trailers['grpc-status'];
      });
      stream.on('response', (headers) => {
        status = headers['grpc-status'] ?? status;
      });
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('end', () =>
        status === '0' ? resolve(Buffer.concat(chunks)) : reject(new Error(`Allocate returned grpc-status ${status}`)),
      );
      stream.on('error', reject);
    });
  }

  /** Opens ListAndWatch. `onList` gets each list. Closes the connection when the stream ends, as kubelets do. */
  listAndWatch(onList) {
    const stream = this.request('ListAndWatch', empty);
    stream.on('data', messageReader(onList));
    stream.on('error', () => {});
    stream.on('close', () => this.close());
  }

  /** Resolves to the first list and the milliseconds from the call to its last byte. The stream stays open. */
  firstList() {
    return new Promise((resolve, reject) => {
      this.session.once('close', () => reject(new Error('the plugin closed the connection before its first list')));
      const begin = performance.now();
      this.listAndWatch((list) => resolve({ list: Buffer.from(list), ms: performance.now() - begin }));
    });
  }

  close() {
    this.session.close();
  }

  request(method, bytes) {
    const stream = this.session.request({
      ':method': 'POST',
      ':path': service + method,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.end(bytes);
    return stream;
  }
}
