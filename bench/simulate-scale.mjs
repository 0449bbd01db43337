// SPDX-License-Identifier: Apache-2.0
// Simulates many nodes that watch one ConfigMap: 2,000 of the program's own config sources in this process, and the fake
// API server, with TLS, in another.
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleTypescript } from './bundle-typescript.mjs';
import { busiestSecond, comeBack, seeded } from './scale-model.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** The time over which the nodes start: long enough that a machine with two processors is not the bottleneck. */
const rollOutMs = 20_000;
/** Watches last a tenth of the usual time, so 30 to 60 s, and bookmarks come ten times as often. */
const speedUp = 10;
const steadyMs = 90_000;
const downMs = 5_000;
const limitMs = 120_000;
/**
 * The allowed ratio of the busiest second to the modeled one when nodes come back. A process that stalls for a moment
 * sends its spread requests at once. A thundering herd has ten times as many requests.
 */
const tolerance = 2;

const settings = (rdmaHcaMax) =>
  JSON.stringify({ configList: [{ resourceName: 'a', rdmaHcaMax, selectors: { vendors: ['15b3'] } }] });

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { nodes: { type: 'string', default: '2000' }, markdown: { type: 'boolean', default: false } },
    });
    if (Number.isInteger(Number(values.nodes)) && Number(values.nodes) >= 100)
      return { nodes: Number(values.nodes), markdown: values.markdown };
  } catch {
    // The usage below explains the options.
  }
  process.stderr.write(
    'usage: node bench/simulate-scale.mjs [--nodes 2000] [--markdown]\nAt least 100 nodes. Each needs two file descriptors (ulimit -n).\n',
  );
  return process.exit(2);
}

const clientParts = `
  export { readSettings } from '#adapters/settings/read-settings.ts';
  export { SystemClock } from '#adapters/host/system-clock.ts';
  export { KubernetesConfigSource } from '#adapters/kubernetes/config-map/config-source.ts';
  export { WatchPauses, usualPace } from '#adapters/kubernetes/config-map/watch-pace.ts';
  export { NodeSettingsSource } from '#app/settings/node-settings-source.ts';
  export { SettingsFollower } from '#app/settings/follower.ts';
`;

function fixture(name) {
  return join(root, 'test/fixtures/tls', name);
}

/** Controls the process of the fake API server. */
class ApiServer {
  #waiting = new Map();
  #ids = 0;

  constructor(bundleUrl) {
    this.child = fork(
      join(root, 'bench/scale-api-server.mjs'),
      [bundleUrl, fixture('server.key'), fixture('server.crt')],
      { stdio: 'inherit' },
    );
    this.child.once('exit', (status) => {
      if (status === 0) return;
      process.stderr.write(`the fake API server exited with code ${status}\n`);
      process.exit(1);
    });
    this.child.on('message', ({ id, result }) => {
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    });
  }

  async do(action, value = null) {
    const id = (this.#ids += 1);
    this.child.send({ id, action, value });
    return await new Promise((resolve) => {
      this.#waiting.set(id, resolve);
    });
  }
}

/** One node: its config source, followed as the daemon follows it. */
class Node {
  shares = null;
  at = 0;

  constructor(parts, access) {
    const clock = new parts.SystemClock();
    const pace = {
      ...parts.usualPace,
      watchSeconds: {
        least: parts.usualPace.watchSeconds.least / speedUp,
        most: parts.usualPace.watchSeconds.most / speedUp,
      },
    };
    const source = new parts.KubernetesConfigSource({
      access,
      configMap: { namespace: 'ns', name: 'settings' },
      key: null,
      stateDirectory: null,
      decode: parts.readSettings,
      clock,
      random: Math.random,
      pace,
    });
    // These settings match no node labels, so the node needs no label source.
    const ofNode = new parts.NodeSettingsSource({ configSource: source, nodeName: 'node', nodeLabels: null });
    this.follower = new parts.SettingsFollower(ofNode, clock, { log: () => {} });
  }

  async start() {
    this.take(await this.follower.first());
    this.follower.follow((applied) => this.take(applied));
  }

  take(applied) {
    this.shares = applied.settings.resources[0].rdmaHcaMax;
    this.at = performance.now();
  }
}

class Simulation {
  rows = [];
  failures = [];
  comparisons = [];

  constructor(parts, server, nodes) {
    Object.assign(this, { parts, server, count: nodes });
  }

  async rollOut() {
    await this.server.do('set', settings(1));
    // Usually the ConfigMap is older than the server's watch cache.
    await this.server.do('forget');
    const credentials = { ca: readFileSync(fixture('ca.crt'), 'utf8'), token: 'first', rejectUnauthorized: true };
    const access = { server: new URL(await this.server.do('start')), namespace: 'ns', credentials: () => credentials };
    this.nodes = Array.from({ length: this.count }, () => new Node(this.parts, access));
    await this.server.do('takeSeen');
    await Promise.all(
      this.nodes.map(async (node, i) => {
        await pause((rollOutMs * i) / this.count);
        await node.start();
      }),
    );
    await this.#untilEachHasAWatch();
    await this.#row(`roll-out within ${rollOutMs / 1_000} s`, { requests: 2 * this.count });
  }

  async steady() {
    const end = performance.now() + steadyMs;
    while (performance.now() < end) {
      await pause(60_000 / speedUp);
      await this.server.do('bookmark');
    }
    await this.#row(`steady state, ten times as fast`, { gets: 0 });
  }

  async change() {
    await this.#resetCounters();
    const since = performance.now();
    await this.server.do('set', settings(2));
    await this.#untilAllHave(2);
    await this.#row('a change', { lastMs: Math.max(...this.nodes.map(({ at }) => at)) - since });
  }

  /** Breaks all connections, as a load balancer does that switches to another API server. */
  async breakConnections() {
    await this.#resetCounters();
    await this.server.do('breakConnections');
    await this.#untilEachHasAWatch();
    await this.#row('all connections break', { downMs: 0, remembers: true });
  }

  async restart() {
    await this.#resetCounters();
    await this.server.do('stop');
    await pause(downMs);
    await this.server.do('set', settings(3));
    await this.server.do('forget');
    await this.server.do('takeSeen');
    const since = performance.now();
    await this.server.do('start');
    await this.#untilAllHave(3);
    await this.#untilEachHasAWatch();
    await this.#row(`restart after ${downMs / 1_000} s of outage, with a change`, {
      lastMs: Math.max(...this.nodes.map(({ at }) => at)) - since,
      downMs,
      remembers: false,
    });
  }

  /** Checks that no node missed a change: each one has the last value. */
  async end() {
    await this.server.do('set', settings(4));
    await this.#untilAllHave(4);
    for (const { follower } of this.nodes) follower.stop();
    await this.#until('every watch ends', async () => (await this.server.do('openWatches')) === 0);
  }

  /** Resets the counters at the start of a phase. */
  async #resetCounters() {
    await this.server.do('takeSeen');
  }

  /** Adds the row of a phase, and checks its counts where `expected` has some. */
  async #row(phase, expected) {
    const seen = await this.server.do('takeSeen');
    const peak = busiestSecond([...seen.get, ...seen.watch]);
    this.rows.push({ phase, ...seen, peak, lastMs: expected.lastMs });
    const requests = seen.get.length + seen.watch.length;
    if (expected.requests !== undefined && requests !== expected.requests)
      this.failures.push(`${phase}: ${requests} requests, not ${expected.requests}`);
    if (expected.gets !== undefined && seen.get.length !== expected.gets)
      this.failures.push(`${phase}: ${seen.get.length} gets, not ${expected.gets}`);
    if (expected.downMs !== undefined) this.#comparePeak(phase, peak, expected);
  }

  #comparePeak(phase, peak, { downMs: awayMs, remembers }) {
    const { WatchPauses, usualPace } = this.parts;
    const computed = comeBack({
      nodes: this.count,
      downMs: awayMs,
      remembers,
      random: seeded(1),
      makePauses: (random) => new WatchPauses(usualPace, random),
    }).peak;
    this.comparisons.push(`${phase}: ${peak} requests in the busiest second, ${computed} modeled`);
    if (peak > computed * tolerance)
      this.failures.push(`${phase}: ${peak} requests in the busiest second; the model has ${computed}`);
  }

  async #untilEachHasAWatch() {
    await this.#until('every node has a watch', async () => (await this.server.do('openWatches')) === this.count);
  }

  async #untilAllHave(shares) {
    await this.#until(`every node has ${shares} shares`, () => this.nodes.every((node) => node.shares === shares));
  }

  async #until(what, holds) {
    const end = performance.now() + limitMs;
    while (!(await holds())) {
      if (performance.now() > end)
        throw new Error(
          `timeout: ${what}; ${this.nodes.filter(({ shares }) => shares === null).length} nodes have no settings, ${await this.server.do('openWatches')} watches are open`,
        );
      await pause(20);
    }
  }
}

function pause(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

const heads = [
  'phase',
  'seconds',
  'gets',
  'watches',
  'busiest second',
  'open watches',
  'TLS handshakes',
  'MB in',
  'MB out',
  'last node after, ms',
  'server CPU, s',
];

function cellsOf({ phase, seconds, get, watch, peak, openWatches, connections, in: into, out, lastMs, cpuSeconds }) {
  const numbers = [
    seconds.toFixed(1),
    get.length,
    watch.length,
    peak,
    openWatches,
    connections,
    (into / 1e6).toFixed(2),
    (out / 1e6).toFixed(2),
    lastMs === undefined ? '' : Math.round(lastMs),
    cpuSeconds.toFixed(1),
  ];
  return [phase, ...numbers.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en') : cell))];
}

function show(rows, markdown) {
  if (markdown) {
    process.stdout.write(`| ${heads.join(' | ')} |\n|---|${' --: |'.repeat(heads.length - 1)}\n`);
    for (const row of rows) process.stdout.write(`| ${cellsOf(row).join(' | ')} |\n`);
    return;
  }
  for (const row of rows) {
    const [phase, ...cells] = cellsOf(row);
    process.stdout.write(
      `${phase}\n${cells.map((cell, i) => `  ${heads[i + 1].padEnd(20)} ${cell.padStart(10)}\n`).join('')}`,
    );
  }
}

async function main({ nodes, markdown }) {
  const workplace = mkdtempSync(join(tmpdir(), 'rdma-scale-'));
  const server = new ApiServer(
    await bundleTypescript(
      workplace,
      'server.mjs',
      `export { FakeApiServer } from './test/support/fake-api-server.ts';`,
    ),
  );
  try {
    const simulation = new Simulation(
      await import(await bundleTypescript(workplace, 'clients.mjs', clientParts)),
      server,
      nodes,
    );
    for (const phase of ['rollOut', 'steady', 'change', 'breakConnections', 'restart', 'end'])
      await simulation[phase]();
    show(simulation.rows, markdown);
    process.stdout.write(
      `\n${nodes} nodes, Node ${process.versions.node}, ${cpus().length} processors. A busiest second may have at most ${tolerance} times the requests of the model.\n${simulation.comparisons.join('\n')}\n`,
    );
    for (const what of simulation.failures) process.stdout.write(`FAILED: ${what}\n`);
    process.stdout.write(simulation.failures.length === 0 ? 'Every node got every change.\n' : '');
    return simulation.failures.length === 0 ? 0 : 1;
  } finally {
    server.child.disconnect();
    rmSync(workplace, { recursive: true, force: true });
  }
}

process.exit(await main(readOptions()));
