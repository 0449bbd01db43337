// SPDX-License-Identifier: Apache-2.0
// Checks for leaks of memory and file descriptors: runs the built program with the fake kubelet and a change every
// 100 ms.
import { spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleTypescript } from './bundle-typescript.mjs';
import { environment } from './subject.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const changeMs = 100;
const sampleMs = 10_000;
/** The allowed growth from the second quarter of the time to the last: garbage is collected late, a leak keeps growing. */
const tolerance = { residentMiB: 8, descriptors: 2 };

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { minutes: { type: 'string', default: '30' }, markdown: { type: 'boolean', default: false } },
    });
    if (Number(values.minutes) >= 1) return { minutes: Number(values.minutes), markdown: values.markdown };
  } catch {
    // The usage below explains the options.
  }
  process.stderr.write('usage: node bench/soak.mjs [--minutes 30] [--markdown]\nAt least one minute.\n');
  return process.exit(2);
}

/** Bundles the fake kubelet, which is TypeScript, and imports it. */
async function loadKubelet(workplace) {
  const contents = `export { FakeKubelet } from '#adapters/fake-kubelet/fake-kubelet.ts';\nexport { SystemClock } from '#adapters/host/system-clock.ts';\n`;
  return await import(await bundleTypescript(workplace, 'kubelet.mjs', contents));
}

class Soak {
  changes = 0;
  pods = 0;
  samples = [];
  #pod = 0;

  constructor(workplace, { FakeKubelet, SystemClock }) {
    this.at = (name) => join(workplace, name);
    for (const name of ['device-plugins', 'plugins_registry']) mkdirSync(this.at(name));
    this.kubelet = new FakeKubelet({
      devicePluginsDir: this.at('device-plugins'),
      pluginsRegistryDir: this.at('plugins_registry'),
      clock: new SystemClock(),
    });
  }

  async start() {
    this.#setHcas(4);
    this.#setSettings(2);
    await this.kubelet.start();
    const log = openSync(this.at('log'), 'w');
    const words = [
      'run',
      '--config-file',
      this.at('config.json'),
      '--discovery',
      'fake',
      '--fake-hcas',
      this.at('hcas.yaml'),
      '--use-cdi',
      '--cdi-dir',
      this.at('cdi'),
    ];
    const places = [
      '--device-plugins-dir',
      this.at('device-plugins'),
      '--plugins-registry-dir',
      this.at('plugins_registry'),
      '--registration',
      'device-plugins',
    ];
    this.child = spawn(process.execPath, [this.at('dist/rdma-shared-dp.js'), ...words, ...places], {
      stdio: ['ignore', log, log],
      env: environment,
    });
    this.child.once('exit', (status, signal) => {
      this.ended = `status ${status}, signal ${signal}`;
    });
    await this.#until(() => this.#healthy('rdma/r0', 100));
  }

  /** Makes the next change. The expensive kinds are rare. */
  async change() {
    this.changes += 1;
    if (this.changes % 200 === 0) await this.kubelet.restart();
    else if (this.changes % 25 === 0) this.#setSettings(1 + ((this.changes / 25) % 4));
    else if (this.changes % 5 === 0) await this.#admitAndRemovePod();
    else this.#setHcas(1 + (this.changes % 6));
    if (this.ended !== undefined)
      throw new Error(`the program exited: ${this.ended}\n${readFileSync(this.at('log'), 'utf8').slice(-2_000)}`);
  }

  sample(minutes) {
    const { pid } = this.child;
    const residentMiB = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
    const sockets = readdirSync(this.at('device-plugins')).filter((name) => name.startsWith('rdma-shared-dp')).length;
    this.samples.push({
      minutes,
      residentMiB,
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      sockets,
      changes: this.changes,
    });
  }

  /** Checks that the kubelet has the resources of the last settings, and stops the program. */
  async end() {
    this.#setHcas(3);
    this.#setSettings(2);
    await this.#until(async () => (await this.#healthy('rdma/r0', 100)) && (await this.#healthy('rdma/r1', 100)));
    const ended = new Promise((resolve) => {
      this.child.once('exit', (status) => resolve(status));
    });
    this.child.kill('SIGTERM');
    const status = await ended;
    await this.kubelet.stop();
    return { status, logMiB: statSync(this.at('log')).size / 2 ** 20 };
  }

  async #admitAndRemovePod() {
    const pod = {
      namespace: 'soak',
      name: `pod-${(this.#pod += 1)}`,
      containers: [{ name: 'main', limits: { 'rdma/r0': 2 } }],
    };
    if ((await this.kubelet.admit(pod)).admitted) this.pods += 1;
    await this.kubelet.remove(pod);
  }

  #setHcas(count) {
    this.#write('hcas.yaml', `hcas:\n${Array.from({ length: count }, (_, i) => `  - name: mlx5_${i}\n`).join('')}`);
  }

  #setSettings(count) {
    const configList = Array.from({ length: count }, (_, i) => ({
      resourceName: `r${i}`,
      rdmaHcaMax: 100,
      selectors: { vendors: ['15b3'] },
    }));
    this.#write('config.json', JSON.stringify({ configList }));
  }

  #write(name, text) {
    writeFileSync(this.at(`${name}.new`), text);
    renameSync(this.at(`${name}.new`), this.at(name));
  }

  async #healthy(resource, count) {
    return (await this.kubelet.devices(resource))?.healthy.length === count;
  }

  async #until(holds) {
    const end = performance.now() + 60_000;
    while (!(await holds())) {
      if (performance.now() > end)
        throw new Error(
          `the kubelet did not get the expected devices:\n${readFileSync(this.at('log'), 'utf8').slice(-2_000)}`,
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

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Compares the medians of the second quarter and the last. The first quarter is warm-up. */
function growthOf(samples, pick, bound) {
  const quarter = Math.floor(samples.length / 4);
  const early = median(samples.slice(quarter, 2 * quarter).map(pick));
  const late = median(samples.slice(-quarter).map(pick));
  return { early, late, flat: late - early <= bound };
}

function show({ minutes, residentMiB, descriptors, sockets, changes }, markdown) {
  const cells = [minutes.toFixed(1), residentMiB.toFixed(1), String(descriptors), String(sockets), String(changes)];
  process.stdout.write(
    markdown ? `| ${cells.join(' | ')} |\n` : `${cells.map((cell) => cell.padStart(12)).join('')}\n`,
  );
}

async function main({ minutes, markdown }) {
  const workplace = mkdtempSync(join(tmpdir(), 'rdma-soak-'));
  try {
    cpSync(join(root, 'dist'), join(workplace, 'dist'), { recursive: true });
    const soak = new Soak(workplace, await loadKubelet(workplace));
    await soak.start();
    const heads = ['minutes', 'RSS, MiB', 'descriptors', 'sockets', 'changes'];
    process.stdout.write(
      markdown
        ? `| ${heads.join(' | ')} |\n|${' --: |'.repeat(heads.length)}\n`
        : `${heads.map((head) => head.padStart(12)).join('')}\n`,
    );
    await run(soak, minutes, markdown);
    const { status, logMiB } = await soak.end();
    const memory = growthOf(soak.samples, (sample) => sample.residentMiB, tolerance.residentMiB);
    const descriptors = growthOf(soak.samples, (sample) => sample.descriptors, tolerance.descriptors);
    process.stdout.write(
      `\n${soak.changes} changes, ${soak.pods} pods admitted, log ${logMiB.toFixed(1)} MiB, exited with code ${status}\n`,
    );
    process.stdout.write(
      `memory ${memory.early.toFixed(1)} -> ${memory.late.toFixed(1)} MiB: ${memory.flat ? 'flat' : 'GROWS'}; descriptors ${descriptors.early} -> ${descriptors.late}: ${descriptors.flat ? 'flat' : 'GROW'}\n`,
    );
    return memory.flat && descriptors.flat && status === 0 ? 0 : 1;
  } finally {
    rmSync(workplace, { recursive: true, force: true });
  }
}

async function run(soak, minutes, markdown) {
  const begin = performance.now();
  const shown = Math.max(1, Math.round((minutes * 60_000) / sampleMs / 15));
  let next = begin + sampleMs;
  for (let due = begin + changeMs; performance.now() - begin < minutes * 60_000; due += changeMs) {
    await soak.change();
    if (performance.now() >= next) {
      next += sampleMs;
      soak.sample((performance.now() - begin) / 60_000);
      if (soak.samples.length % shown === 0) show(soak.samples.at(-1), markdown);
    }
    await pause(Math.max(0, due - performance.now()));
  }
}

process.exitCode = await main(readOptions());
