// SPDX-License-Identifier: Apache-2.0
// node bench/allocate-probe.mjs SOCKET: calls Allocate every 5 ms until its input ends, and prints how long each call
// took, in milliseconds as JSON. A process of its own: the benchmark itself is busy with hundreds of connections.
import { setTimeout as pause } from 'node:timers/promises';
import { allocateRequest } from './grpc-frame.mjs';
import { PluginClient } from './plugin-client.mjs';

const intervalMs = 5;
const client = await PluginClient.connect(process.argv[2]);
const times = [];
const calls = [];
const ending = new AbortController();
process.stdin.once('end', () => ending.abort()).resume();

async function call() {
  const begin = performance.now();
  await client.allocate(allocateRequest('0'));
  times.push(performance.now() - begin);
}

while (!ending.signal.aborted) {
  calls.push(call());
  await pause(intervalMs);
}
await Promise.all(calls);
process.stdout.write(JSON.stringify(times));
process.exit(0);
