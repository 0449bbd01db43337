// SPDX-License-Identifier: Apache-2.0
// The fake API server in its own process, controlled by messages from bench/simulate-scale.mjs.
import { readFileSync } from 'node:fs';

const [bundle, key, cert] = process.argv.slice(2);
const { FakeApiServer } = await import(bundle);
const server = new FakeApiServer({ key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') });
const sampleMs = 20;
/** When each request arrived, by kind, in milliseconds since the start of the phase. */
let seen = { since: performance.now(), get: [], watch: [], traffic: server.traffic, cpu: process.cpuUsage() };

function sample() {
  const at = performance.now() - seen.since;
  for (const request of server.requests.splice(0)) seen[request.endsWith('?watch') ? 'watch' : 'get'].push(at);
}
setInterval(sample, sampleMs);

/** Returns what was counted since the last call. */
function takeSeen() {
  sample();
  const { since, get, watch, traffic: before, cpu } = seen;
  const traffic = server.traffic;
  const { user, system } = process.cpuUsage(cpu);
  seen = { since: performance.now(), get: [], watch: [], traffic, cpu: process.cpuUsage() };
  const sinceThen = {
    connections: traffic.connections - before.connections,
    in: traffic.in - before.in,
    out: traffic.out - before.out,
  };
  return {
    seconds: (performance.now() - since) / 1_000,
    get,
    watch,
    openWatches: server.openWatches,
    cpuSeconds: (user + system) / 1e6,
    ...sinceThen,
  };
}

const actions = {
  start: async () => {
    await server.start();
    return server.url;
  },
  stop: () => server.stop(),
  set: (text) => server.set('settings', { data: { 'config.json': text } }),
  forget: () => server.forgetVersions(),
  breakConnections: () => server.breakConnections(),
  bookmark: () => server.bookmark(),
  openWatches: () => server.openWatches,
  takeSeen,
};

process.on('message', async ({ id, action, value }) => {
  process.send({ id, result: await actions[action](value) });
});
process.once('disconnect', () => process.exit());
