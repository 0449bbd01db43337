// SPDX-License-Identifier: Apache-2.0
// Runs the built program until it has registered and answered once, so that its code cache has the functions of a
// start.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Server, ServerCredentials, credentials } from '@grpc/grpc-js';

const limitMs = 20_000;
const raw = (bytes) => Buffer.from(bytes);
const identity = (bytes) => bytes;
const service = '/v1beta1.DevicePlugin/';

/** Does what a kubelet does after a registration: reads one list and allocates one share. */
async function callPlugin(endpoint) {
  const client = new Client(`unix:${endpoint}`, credentials.createInsecure(), {
    'grpc.default_authority': 'localhost',
  });
  await call(client, 'GetDevicePluginOptions', []);
  await new Promise((resolve, reject) => {
    const stream = client.makeServerStreamRequest(`${service}ListAndWatch`, raw, identity, []);
    stream.once('data', resolve).once('error', reject);
  });
  // AllocateRequest{container_requests: [{devices_ids: ["0"]}]}
  await call(client, 'Allocate', [0x0a, 0x03, 0x0a, 0x01, 0x30]);
  return client;
}

function call(client, name, request) {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(service + name, raw, identity, request, (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

/** Returns field 2 of a RegisterRequest. It follows field 1, the version. Both are strings of less than 128 bytes. */
function endpointOf(request) {
  const afterVersion = 2 + request[1];
  return request.toString('utf8', afterVersion + 2, afterVersion + 2 + request[afterVersion + 1]);
}

function listen(directory, onRegister) {
  const server = new Server();
  const register = {
    path: '/v1beta1.Registration/Register',
    requestStream: false,
    responseStream: false,
    requestSerialize: raw,
    requestDeserialize: identity,
    responseSerialize: raw,
    responseDeserialize: identity,
  };
  server.addService(
    { register },
    {
      register: (received, callback) => {
        callback(null, []);
        onRegister(join(directory, endpointOf(received.request)));
      },
    },
  );
  return new Promise((resolve, reject) => {
    server.bindAsync(`unix:${join(directory, 'kubelet.sock')}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(server),
    );
  });
}

/** Writes the code caches next to the program. Throws if the program does not register. */
export async function warmUp(program) {
  const directory = mkdtempSync(join(tmpdir(), 'rdma-warm-'));
  const config = join(directory, 'config.json');
  writeFileSync(
    config,
    JSON.stringify({ configList: [{ resourceName: 'warm', rdmaHcaMax: 10, selectors: { vendors: ['15b3'] } }] }),
  );
  writeFileSync(join(directory, 'hcas.yaml'), 'hcas: [{name: mlx5_0}]\n');
  let client;
  let child;
  const called = new Promise((resolve, reject) => {
    setTimeout(
      () => reject(new Error(`the built program did not register within ${limitMs / 1000} s`)),
      limitMs,
    ).unref();
    listen(directory, (endpoint) => void callPlugin(endpoint).then(resolve, reject)).then((server) => {
      child = spawn(
        process.execPath,
        [
          program,
          '--config-file',
          config,
          '--discovery',
          'fake',
          '--fake-hcas',
          join(directory, 'hcas.yaml'),
          '--device-plugins-dir',
          directory,
          '--registration',
          'device-plugins',
        ],
        {
          stdio: ['ignore', 'ignore', 'inherit'],
          env: { ...process.env, RDMA_DP_WRITE_CODE_CACHE: '1', RDMA_DP_LOG_LEVEL: 'warning' },
        },
      );
      child.once('exit', (code) => {
        server.forceShutdown();
        if (code !== 0) reject(new Error(`the built program exited with code ${code}`));
      });
    }, reject);
  });
  try {
    client = await called;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await exited;
  } finally {
    client?.close();
    child?.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
}
