// SPDX-License-Identifier: Apache-2.0
// Runs inside the machine: plays the kernel's part step by step, with the built program and the fake kubelet beside it.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, readdirSync, realpathSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { FakeKubelet } from '#adapters/fake-kubelet/fake-kubelet.ts';
import { waitUntil } from '#adapters/fake-kubelet/time/wait-until.ts';
import { type Step, steps } from './steps.ts';

const places = {
  config: '/tmp/config.json',
  devicePlugins: '/tmp/device-plugins',
  pluginsRegistry: '/tmp/plugins_registry',
};
const resource = 'rdma/soft';
const shares = 4;
const holdDownSeconds = 3;
const settings = {
  periodicUpdateInterval: 1,
  configList: [
    {
      resourceName: 'soft',
      rdmaHcaMax: shares,
      selectors: { linkTypes: ['ether'] },
      health: { linkDown: 'unhealthy', holdDownSeconds },
    },
  ],
};

/** The machine is emulated, and slow. */
const limitMs = 40_000;

const clock = new SystemClock();
const report = openSync('/dev/ttyS1', 'w');
const kubelet = new FakeKubelet({
  devicePluginsDir: places.devicePlugins,
  pluginsRegistryDir: places.pluginsRegistry,
  clock,
});

for (const directory of [places.devicePlugins, places.pluginsRegistry]) mkdirSync(directory);
writeFileSync(places.config, JSON.stringify(settings));

function run(program: string, ...words: readonly string[]): string {
  return execFileSync(`/bin/${program}`, words, { encoding: 'utf8' });
}

/** Modules in the order in which they need each other. */
function load(...names: readonly string[]): void {
  for (const name of names) run('insmod', `/modules/${name}.ko`);
}

class Program {
  private readonly child = spawn(
    '/bin/node',
    [
      '/tier/dist/rdma-shared-dp.js',
      'run',
      '--config-file',
      places.config,
      '--registration',
      'device-plugins',
      '--device-plugins-dir',
      places.devicePlugins,
      '--plugins-registry-dir',
      places.pluginsRegistry,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  log = '';
  readonly ended: Promise<number | null>;

  constructor() {
    this.child.stderr.on('data', (bytes: Buffer) => {
      this.log += bytes.toString();
      process.stdout.write(bytes);
    });
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  terminate(): void {
    this.child.kill('SIGTERM');
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  await waitUntil(kubelet, clock, what, limitMs, holds);
}

async function reach(healthy: number): Promise<void> {
  await until(`${healthy} healthy shares`, async () => {
    const status = await kubelet.devices(resource);
    return status?.healthy.length === healthy;
  });
}

/** The names of the nodes that a pod gets now, without /dev/infiniband. */
async function granted(): Promise<string> {
  const pod = { namespace: 'test', name: 'probe', containers: [{ name: 'main', limits: { [resource]: 1 } }] };
  const admission = await kubelet.admit(pod);
  if (!admission.admitted) return `refused: ${admission.message}`;
  await kubelet.remove(pod);
  return admission.containers
    .flatMap(({ deviceNodes }) => deviceNodes.map(({ hostPath }) => hostPath.replace('/dev/infiniband/', '')))
    .join(' ');
}

async function reachNodes(nodes: string): Promise<void> {
  let got = '';
  try {
    await until(`a pod gets ${nodes}`, async () => (got = await granted()) === nodes);
  } catch (error) {
    throw new Error(`it gets ${got}`, { cause: error });
  }
}

/** Waits till the log says something, now or since. */
async function said(program: Program, text: RegExp): Promise<void> {
  const end = clock.now() + limitMs;
  while (!text.test(program.log)) {
    if (clock.now() > end) throw new Error(`the log does not say ${text.source}`);
    await new Promise<void>((resolve) => {
      clock.after(20, resolve);
    });
  }
}

function linksUp(): void {
  run('ip', 'link', 'set', 'eth0', 'up');
}

let program: Program | null = null;
function theProgram(): Program {
  if (program === null) throw new Error('the program has not been started');
  return program;
}
let pciFunction = '';

/** Each returns what else there is to say. */
const plays: Readonly<Record<Step, () => Promise<string>>> = {
  'without RDMA modules the resource is there with no share, and why is said': async () => {
    await kubelet.start();
    program = new Program();
    await until('the resource is known', async () => (await kubelet.devices(resource)) !== null);
    await said(theProgram(), /has no shares available: this node has no RDMA device/);
    return 'from the start of the program';
  },
  'a soft-RoCE link that is added gives its shares and its nodes': async () => {
    load(...readFileSync('/tier/rdma-modules', 'utf8').trim().split('\n'));
    linksUp();
    return await timed(
      () => run('rdma', 'link', 'add', 'rxe0', 'type', 'rxe', 'netdev', 'eth0'),
      async () => {
        await reach(shares);
        await reachNodes('uverbs0 umad0 issm0 rdma_cm');
      },
    );
  },
  'a second link joins the grants': async () => {
    run('ip', 'link', 'add', 'dummy1', 'type', 'dummy');
    run('ip', 'link', 'set', 'dummy1', 'up');
    return await timed(
      () => run('rdma', 'link', 'add', 'rxe1', 'type', 'rxe', 'netdev', 'dummy1'),
      () => reachNodes('uverbs0 uverbs1 umad0 umad1 issm0 issm1 rdma_cm'),
    );
  },
  'a link that is deleted leaves the grants': () =>
    timed(
      () => run('rdma', 'link', 'delete', 'rxe1'),
      () => reachNodes('uverbs0 umad0 issm0 rdma_cm'),
    ),
  'a port that falls takes the shares with it': () =>
    timed(
      () => run('ip', 'link', 'set', 'eth0', 'down'),
      () => reach(0),
    ),
  'a port that rises gives them back after the hold-down': async () => {
    const since = clock.now();
    linksUp();
    await reach(shares);
    const ms = clock.now() - since;
    if (ms < holdDownSeconds * 1000)
      throw new Error(`they were back after ${ms} ms, before the hold-down of ${holdDownSeconds} s was over`);
    return `${Math.round(ms)} ms, of which the hold-down is ${holdDownSeconds} s`;
  },
  'ib_umad unloaded leaves uverbs to new pods': () =>
    timed(
      () => run('rmmod', 'ib_umad'),
      () => reachNodes('uverbs0 rdma_cm'),
    ),
  'ib_umad loaded again gives umad to new pods': () =>
    timed(
      () => load('ib_umad'),
      () => reachNodes('uverbs0 umad0 issm0 rdma_cm'),
    ),
  'an RDMA device that is renamed keeps its shares': async () => {
    const spent = await timed(
      () => run('rdma', 'dev', 'set', 'rxe0', 'name', 'mlx5_7'),
      () => said(theProgram(), /hcas=.*mlx5_7/),
    );
    await reach(shares);
    await reachNodes('uverbs0 umad0 issm0 rdma_cm');
    return spent;
  },
  'a kubelet that restarts has the shares again': async () => {
    await kubelet.restart();
    return await timed(
      () => {},
      () => reach(shares),
    );
  },
  'exclusive network namespace mode takes all shares, and why is said': async () => {
    const spent = await timed(
      () => run('rdma', 'system', 'set', 'netns', 'exclusive'),
      () => reach(0),
    );
    await said(theProgram(), /has no shares available: the RDMA subsystem is in exclusive network namespace mode/);
    return spent;
  },
  'shared mode gives them back': () =>
    timed(
      () => run('rdma', 'system', 'set', 'netns', 'shared'),
      () => reach(shares),
    ),
  'a PCI function that is removed takes the shares with it': async () => {
    pciFunction = realpathSync('/sys/class/net/eth0/device');
    return await timed(
      () => writeFileSync(join(pciFunction, 'remove'), '1'),
      () => reach(0),
    );
  },
  'a PCI function that is found again gives them back, with its link': async () => {
    writeFileSync('/sys/bus/pci/rescan', '1');
    while (!readdirSync('/sys/class/net').includes('eth0'))
      await new Promise<void>((resolve) => void clock.after(20, resolve));
    linksUp();
    return await timed(
      () => run('rdma', 'link', 'add', 'rxe0', 'type', 'rxe', 'netdev', 'eth0'),
      () => reach(shares),
    );
  },
  'the last link that is deleted leaves the shares in the list, unhealthy': async () => {
    const spent = await timed(
      () => run('rdma', 'link', 'delete', 'rxe0'),
      () => reach(0),
    );
    const status = await kubelet.devices(resource);
    if (status?.unhealthy.length !== shares)
      throw new Error(`the kubelet lists ${status?.unhealthy.length} unhealthy shares`);
    return spent;
  },
  'TERM ends the program with status 0 and leaves no socket': async () => {
    const since = clock.now();
    theProgram().terminate();
    const status = await theProgram().ended;
    const left = [places.devicePlugins, places.pluginsRegistry]
      .flatMap((directory) => readdirSync(directory))
      .filter((name) => name.startsWith('rdma-shared-dp'));
    if (status !== 0 || left.length > 0)
      throw new Error(`it ended with status ${status} and left ${left.join(', ') || 'nothing'}`);
    return `${Math.round(clock.now() - since)} ms`;
  },
};

/** The time from the end of a change to when the kubelet knows. */
async function timed(change: () => unknown, known: () => Promise<void>): Promise<string> {
  const before = clock.now();
  change();
  const changed = clock.now();
  await known();
  return `${Math.round(clock.now() - changed)} ms after the change, which took ${Math.round(changed - before)} ms`;
}

async function play(step: Step): Promise<void> {
  const since = clock.now();
  let good = true;
  let remark = '';
  try {
    remark = await plays[step]();
  } catch (error) {
    good = false;
    remark = error instanceof Error ? error.message : String(error);
  }
  writeSync(report, `${JSON.stringify({ step, good, ms: Math.round(clock.now() - since), remark })}\n`);
}

async function main(): Promise<void> {
  for (const step of steps) await play(step);
}

void main().then(() => process.exit(0));
