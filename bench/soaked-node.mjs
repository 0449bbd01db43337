// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bundleTypescript } from './bundle-typescript.mjs';
import { environment } from './subject.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Bundles the surroundings of the program, which are TypeScript, and imports them. */
export async function loadSurroundings(workplace) {
  const contents = `
    export { FakeKubelet } from '#adapters/fake-kubelet/fake-kubelet.ts';
    export { SystemClock } from '#adapters/host/system-clock.ts';
    export { moduleCode, moduleModes } from './test/faults/module-faults.ts';
    export { StuckFile, canMountStuckFiles } from './test/support/stuck-file.ts';
    export { SysfsTree } from './test/support/sysfs-tree.ts';
  `;
  const bundle = await bundleTypescript(workplace, 'surroundings.mjs', contents);
  cpSync(join(root, 'test/support/stuck-file.py'), join(workplace, 'stuck-file.py'));
  return await import(bundle);
}

/** How many changes lie between two of a kind that is rare, and how many it lasts. */
const rare = { restart: 200, module: 150, instance: 300, driver: 470, resources: 650 };
const lasting = { instance: 30, driver: 80, resources: 50 };
const manyResources = 128;

/** The program on a node that changes all the time. */
export class SoakedNode {
  changes = 0;
  pods = 0;
  samples = [];
  #pod = 0;
  #hcas = 0;

  #ended = null;
  #lasting = new Map();

  constructor(workplace, surroundings) {
    this.at = (name) => join(workplace, name);
    this.surroundings = surroundings;
    for (const name of ['device-plugins', 'plugins_registry']) mkdirSync(this.at(name));
    this.tree = new surroundings.SysfsTree();
    this.kubelet = new surroundings.FakeKubelet({
      devicePluginsDir: this.at('device-plugins'),
      pluginsRegistryDir: this.at('plugins_registry'),
      clock: new surroundings.SystemClock(),
    });
  }

  async start() {
    writeFileSync(this.at('module.mjs'), this.surroundings.moduleCode);
    this.#setHcas(4);
    this.#setSettings('config.json', 'r', 2);
    this.#setSettings('other.json', 'other', 2);
    await this.kubelet.start();
    this.child = this.#spawn('config.json', ['--discovery-module', this.at('module.mjs')]);
    this.child.once('exit', (status, signal) => {
      this.#ended = `status ${status}, signal ${signal}`;
    });
    await this.#until(() => this.#healthy('rdma/r0', 100));
    if (!this.surroundings.canMountStuckFiles)
      process.stdout.write('without root, FUSE and Python, all drivers answer\n');
  }

  #spawn(settings, more = []) {
    const log = openSync(this.at('log'), 'a');
    const words = [
      ...['run', '--config-file', this.at(settings), '--host-root', this.tree.root, ...more],
      ...['--use-cdi', '--cdi-dir', this.at('cdi'), '--registration', 'device-plugins'],
      ...['--device-plugins-dir', this.at('device-plugins'), '--plugins-registry-dir', this.at('plugins_registry')],
    ];
    const stdio = ['ignore', log, log];
    const child = spawn(process.execPath, [this.at('dist/rdma-shared-dp.js'), ...words], { stdio, env: environment });
    closeSync(log);
    return child;
  }

  /** Makes the next change. The expensive kinds are rare. */
  async change() {
    this.changes += 1;
    const isDue = (kind) => this.changes % rare[kind] === 0;
    await this.#endLasting((due) => due <= this.changes);
    if (isDue('restart')) await this.kubelet.restart();
    if (isDue('module')) this.#setModuleMode();
    if (isDue('instance')) this.#startInstance();
    if (isDue('driver')) await this.#holdDriver();
    if (isDue('resources')) this.#setMany();
    if (this.changes % 25 === 0 && !this.#lasting.has('resources'))
      this.#setSettings('config.json', 'r', 1 + ((this.changes / 25) % 4));
    else if (this.changes % 5 === 0) await this.#admitAndRemovePod();
    else this.#setHcas(1 + (this.changes % 6));
    if (this.#ended !== null)
      throw new Error(`the program exited: ${this.#ended}\n${readFileSync(this.at('log'), 'utf8').slice(-2_000)}`);
  }

  #setMany() {
    this.#setSettings('config.json', 'r', manyResources);
    this.#last('resources', () => {});
  }

  #setModuleMode() {
    const { moduleModes } = this.surroundings;
    const turn = (this.changes / rare.module) % (moduleModes.length + 1);
    writeFileSync(this.at('mode'), moduleModes[turn] ?? '');
  }

  #startInstance() {
    const other = this.#spawn('other.json');
    const exited = once(other, 'exit');
    this.#last('instance', async () => {
      other.kill('SIGTERM');
      await exited;
    });
  }

  async #holdDriver() {
    if (!this.surroundings.canMountStuckFiles) return;
    const file = await this.surroundings.StuckFile.over(
      join(this.tree.root, 'sys/class/infiniband/mlx5_0/ports/1/state'),
    );
    void file.hold();
    this.#last('driver', () => file.close());
  }

  /** Ends something that began now after its number of changes. */
  #last(kind, end) {
    this.#lasting.set(kind, { due: this.changes + lasting[kind], end });
  }

  /** The driver answers first: an instance that has just started cannot end before its first scan has. */
  async #endLasting(isOver) {
    const lastingNow = [...this.#lasting].toSorted(([a], [b]) => Number(b === 'driver') - Number(a === 'driver'));
    for (const [kind, { due, end }] of lastingNow) {
      if (!isOver(due)) continue;
      await end();
      this.#lasting.delete(kind);
    }
  }

  /** Waits until nothing is in progress, so that samples can be compared. */
  async rest() {
    await this.#endLasting(() => true);
    this.#setHcas(3);
    this.#setSettings('config.json', 'r', 2);
    const resources = Array.from({ length: manyResources }, (_, i) => `rdma/r${i}`);
    await this.#until(async () => {
      const counts = await Promise.all(
        resources.map(async (name) => (await this.kubelet.devices(name))?.healthy.length ?? 0),
      );
      return counts.every((count, i) => count === (i < 2 ? 100 : 0)) && this.#sockets() === 2;
    });
  }

  #sockets() {
    return readdirSync(this.at('device-plugins')).filter((name) => name.startsWith('rdma-shared-dp')).length;
  }

  sample(minutes) {
    const { pid } = this.child;
    const residentMiB = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
    this.samples.push({
      minutes,
      residentMiB,
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      sockets: this.#sockets(),
      changes: this.changes,
    });
  }

  /** Checks that the kubelet has the resources of the last settings, and stops the program. */
  async end() {
    await this.rest();
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const [status] = await exited;
    return { status, logMiB: statSync(this.at('log')).size / 2 ** 20 };
  }

  async close() {
    this.child?.kill('SIGKILL');
    await this.#endLasting(() => true);
    await this.kubelet.stop();
    this.tree.destroy();
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

  /** The HCA whose driver may not answer stays. */
  #setHcas(count) {
    for (let i = count; i < this.#hcas; i += 1) this.tree.removeHca(`mlx5_${i}`);
    for (let i = this.#hcas; i < count; i += 1) this.tree.addHca({ name: `mlx5_${i}`, number: i });
    this.#hcas = count;
  }

  #setSettings(file, prefix, count) {
    const configList = Array.from({ length: count }, (_, i) => ({
      resourceName: `${prefix}${i}`,
      rdmaHcaMax: 100,
      selectors: { vendors: ['15b3'] },
    }));
    this.#write(file, JSON.stringify({ configList }));
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
