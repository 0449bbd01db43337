// SPDX-License-Identifier: Apache-2.0
// The floor: a plugin built on Node's HTTP/2 alone, which sends bytes recorded from the program. Arguments: the
// kubelet's directory, the number of resources, a file with a list, and a file with a grant (both with gRPC frames).
'use strict';
const { readFileSync } = require('node:fs');
const http2 = require('node:http2');
const { connect } = require('node:net');
const { join } = require('node:path');

const [directory, count, listFile, grantFile] = process.argv.slice(2);
const list = readFileSync(listFile);
const grant = readFileSync(grantFile);
const answerHeaders = { ':status': 200, 'content-type': 'application/grpc' };
const watching = new Set();
const servers = [];

function answer(stream) {
  stream.respond(answerHeaders, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(grant);
}

function watch(stream) {
  stream.respond(answerHeaders, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.write(list);
  watching.add(stream);
  stream.on('close', () => watching.delete(stream));
}

function serve(stream, headers) {
  stream.on('error', () => {});
  stream.resume();
  stream.on('end', () => (headers[':path'].endsWith('/ListAndWatch') ? watch(stream) : answer(stream)));
}

function text(field, value) {
  return Buffer.concat([Buffer.from([(field << 3) | 2, value.length]), Buffer.from(value)]);
}

function register(endpoint, resource) {
  const message = Buffer.concat([text(1, 'v1beta1'), text(2, endpoint), text(3, resource)]);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  const session = http2.connect('http://localhost', {
    createConnection: () => connect(join(directory, 'kubelet.sock')),
  });
  const stream = session.request({
    ':method': 'POST',
    ':path': '/v1beta1.Registration/Register',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.resume();
  stream.on('close', () => session.close());
  stream.end(Buffer.concat([prefix, message]));
}

for (let i = 0; i < Number(count); i += 1) {
  const server = http2.createServer();
  server.on('stream', serve);
  server.on('sessionError', () => {});
  server.listen(join(directory, `bare-${i}.sock`), () => register(`bare-${i}.sock`, `rdma/bench_${i}`));
  servers.push(server);
}

process.on('SIGTERM', () => {
  let open = servers.length;
  for (const stream of watching) stream.end();
  for (const server of servers) server.close(() => (--open === 0 ? process.exit(0) : undefined));
});
