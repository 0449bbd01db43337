// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allocateRequest, frame } from './grpc-frame.mjs';
import { KubeletStandIn } from './kubelet-stand-in.mjs';
import { PluginClient } from './plugin-client.mjs';

const barePlugin = join(dirname(fileURLToPath(import.meta.url)), 'bare-plugin.cjs');
const limitMs = 30_000;

/** Without the settings of the caller's shell: NODE_EXTRA_CA_CERTS alone adds 60 ms to a start on Node 20. */
export const environment = { PATH: process.env.PATH ?? '' };

/**
 * Starts the processes to measure: the program, and the bare server that is its floor. `program` is the path of the
 * built program, or of an executable that stands for it; `workplace` is a directory for sockets, settings and logs. A
 * shape is `{hcas, shares, resources}`.
 */
export class Subjects {
  recorded = new Map();

  constructor(program, workplace) {
    this.program = program;
    this.workplace = workplace;
  }

  /** Starts the program. Resolves when all its resources are registered. */
  startProgram(shape) {
    const head = this.program.endsWith('.js') ? [process.execPath, this.program] : [this.program];
    return this.start(shape, (place) => [...head, 'run', ...flagsFor(place)]);
  }

  /** Starts the bare server with the responses of the program in that shape. */
  async startBare(shape) {
    const { listFile, grantFile } = await this.answers(shape);
    return await this.start(shape, (place) => [
      process.execPath,
      barePlugin,
      place,
      String(shape.resources),
      listFile,
      grantFile,
    ]);
  }

  async start(shape, command) {
    const place = mkdtempSync(join(this.workplace, 'run-'));
    writeShape(place, shape);
    const kubelet = new KubeletStandIn(place);
    await kubelet.listen();
    const log = openSync(join(place, 'log'), 'w');
    const spawnedAt = performance.now();
    const [file, ...words] = command(place);
    const child = spawn(file, words, { stdio: ['ignore', log, log], env: environment });
    closeSync(log);
    const subject = new Subject(child, kubelet, place, spawnedAt);
    await subject.registered(shape.resources);
    return subject;
  }

  /** Returns files with the program's list and grant, with their gRPC frames. */
  async answers(shape) {
    const key = `${shape.hcas}-${shape.shares}`;
    const recorded = this.recorded.get(key);
    if (recorded !== undefined) return recorded;
    const place = join(this.workplace, `answers-${key}`);
    mkdirSync(place);
    const files = { listFile: join(place, 'list'), grantFile: join(place, 'grant') };
    const subject = await this.startProgram({ ...shape, resources: 1 });
    const client = await subject.client();
    const { list } = await client.firstList();
    writeFileSync(files.listFile, frame(list));
    writeFileSync(files.grantFile, await client.allocate(allocateRequest('0')));
    await subject.kill();
    this.recorded.set(key, files);
    return files;
  }
}

/** A plugin process. `startMs` is the time from spawn to its last Register. */
class Subject {
  constructor(child, kubelet, place, spawnedAt) {
    this.child = child;
    this.kubelet = kubelet;
    this.place = place;
    this.spawnedAt = spawnedAt;
    this.ended = new Promise((resolve) => child.once('exit', () => resolve(performance.now())));
  }

  async registered(count) {
    let timer;
    const late = new Promise((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`the plugin did not register within ${limitMs / 1_000} s`)), limitMs);
      void this.ended.then(() =>
        reject(new Error(`the plugin exited before it registered:\n${readFileSync(join(this.place, 'log'), 'utf8')}`)),
      );
    });
    await Promise.race([this.kubelet.registered(count), late]).finally(() => clearTimeout(timer));
    this.startMs = this.kubelet.registrations[count - 1].at - this.spawnedAt;
  }

  client(index = 0) {
    return PluginClient.connect(this.kubelet.registrations[index].endpoint);
  }

  /** Returns a client for each resource, with its stream open and its first list received. */
  async watchAll() {
    const clients = await Promise.all(this.kubelet.registrations.map((_registration, i) => this.client(i)));
    await Promise.all(clients.map((client) => client.firstList()));
    return clients;
  }

  /** Opens the list of each resource as soon as it registers. Resolves when all have answered. */
  async watchAsRegistered(count) {
    const lists = [];
    for (let i = 0; i < count; i += 1) {
      await this.kubelet.registered(i + 1);
      lists.push(this.client(i).then((client) => client.firstList()));
    }
    await Promise.all(lists);
  }

  /** Returns the resident memory in MiB. */
  residentMiB() {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)[1]) / 1024;
  }

  /** Replaces the fake HCAs of the running program. */
  setHcas(count) {
    writeHcas(this.place, count);
  }

  /** Resolves to the milliseconds from SIGTERM to the exit of the process. */
  async terminate() {
    const begin = performance.now();
    this.child.kill('SIGTERM');
    const end = await this.ended;
    this.clean();
    return end - begin;
  }

  async kill() {
    this.child.kill('SIGKILL');
    await this.ended;
    this.clean();
  }

  clean() {
    this.kubelet.close();
    rmSync(this.place, { recursive: true, force: true });
  }
}

function flagsFor(place) {
  const flags = {
    'config-file': join(place, 'config.json'),
    'fake-hcas': join(place, 'hcas.yaml'),
    'device-plugins-dir': place,
  };
  const files = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  return ['--discovery=fake', '--registration=device-plugins', ...files];
}

function writeShape(place, { hcas, shares, resources }) {
  const resource = (_none, i) => ({ resourceName: `bench_${i}`, rdmaHcaMax: shares, selectors: { vendors: ['15b3'] } });
  writeFileSync(
    join(place, 'config.json'),
    JSON.stringify({ periodicUpdateInterval: 0, configList: Array.from({ length: resources }, resource) }),
  );
  writeHcas(place, hcas);
}

function writeHcas(place, count) {
  const lines = Array.from({ length: count }, (_none, i) => `  - name: mlx5_${i}\n`).join('');
  // Renamed into place: the program watches the file and must not read half of it.
  writeFileSync(join(place, 'hcas.new'), count === 0 ? 'hcas: []\n' : `hcas:\n${lines}`);
  renameSync(join(place, 'hcas.new'), join(place, 'hcas.yaml'));
}
