// SPDX-License-Identifier: Apache-2.0
import { connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { frame, messageReader } from './grpc-frame.mjs';

const empty = frame(Buffer.alloc(0));
const service = '/v1beta1.DevicePlugin/';

/**
 * A kubelet's side of the device plugin API on a bare HTTP/2 session: a gRPC library in the client would be measured
 * along with the server.
 */
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

  /** Takes a request with its frame; resolves to the response with its frame. Rejects unless grpc-status is 0. */
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
        status === '0' ? resolve(Buffer.concat(chunks)) : reject(new Error(`Allocate gave grpc-status ${status}`)),
      );
      stream.on('error', reject);
    });
  }

  /** Opens ListAndWatch; `onList` gets each whole list. Like a kubelet it hangs up when the stream ends. */
  listAndWatch(onList) {
    const stream = this.request('ListAndWatch', empty);
    stream.on('data', messageReader(onList));
    stream.on('error', () => {});
    stream.on('close', () => this.close());
  }

  /** Resolves to the first list, and the milliseconds from the call until it was whole. The stream stays open. */
  firstList() {
    return new Promise((resolve, reject) => {
      this.session.once('close', () => reject(new Error('the plugin hung up before its first list')));
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
