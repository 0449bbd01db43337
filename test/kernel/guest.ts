// SPDX-License-Identifier: Apache-2.0
// Runs inside the virtual machine: changes the kernel's devices step by step, next to the built program and the
// stand-in kubelet.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, readdirSync, realpathSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { array, object, parse, string } from 'valibot';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { FakeKubelet } from '#adapters/fake-kubelet/fake-kubelet.ts';
import { waitUntil } from '#adapters/fake-kubelet/time/wait-until.ts';
import { type Step, steps } from './steps.ts';

const paths = {
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

/** Long, because the machine is emulated. */
const limitMs = 40_000;

const checked = object({ findings: array(object({ grade: string(), message: string() })) });

const clock = new SystemClock();
const report = openSync('/dev/ttyS1', 'w');
const kubelet = new FakeKubelet({
  devicePluginsDir: paths.devicePlugins,
  pluginsRegistryDir: paths.pluginsRegistry,
  clock,
});

for (const directory of [paths.devicePlugins, paths.pluginsRegistry]) mkdirSync(directory);
writeFileSync(paths.config, JSON.stringify(settings));

function run(program: string, ...words: readonly string[]): string {
  return execFileSync(`/bin/${program}`, words, { encoding: 'utf8' });
}

/** Loads modules. Each must come after its dependencies. */
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
      paths.config,
      '--registration',
      'device-plugins',
      '--device-plugins-dir',
      paths.devicePlugins,
      '--plugins-registry-dir',
      paths.pluginsRegistry,
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

/** Returns the names of the nodes in /dev/infiniband that a pod gets now. */
async function grantedNodes(): Promise<string> {
  const pod = { namespace: 'test', name: 'probe', containers: [{ name: 'main', limits: { [resource]: 1 } }] };
  const admission = await kubelet.admit(pod);
  if (!admission.admitted) return `rejected: ${admission.message}`;
  await kubelet.remove(pod);
  return admission.containers
    .flatMap(({ deviceNodes }) => deviceNodes.map(({ hostPath }) => hostPath.replace('/dev/infiniband/', '')))
    .join(' ');
}

async function reachNodes(nodes: string): Promise<void> {
  let granted = '';
  try {
    await until(`a pod gets ${nodes}`, async () => (granted = await grantedNodes()) === nodes);
  } catch (error) {
    throw new Error(`a pod gets ${granted}, expected ${nodes}`, { cause: error });
  }
}

/** Runs `check` by a wrapper. Returns its findings that match; throws if there is none. */
function check(wrapper: readonly string[], expected: string | RegExp, options: { readonly uid?: number } = {}): string {
  const command = [...wrapper, 'node', '/tier/dist/rdma-shared-dp.js', 'check', '-o', 'json'];
  const { stdout, stderr } = spawnSync(`/bin/${command[0] ?? ''}`, command.slice(1), { encoding: 'utf8', ...options });
  const { findings } = parse(
    checked,
    JSON.parse(stdout || `{"findings": [{"grade": "", "message": ${JSON.stringify(stderr)}}]}`),
  );
  const found = findings.filter(({ message }) =>
    typeof expected === 'string' ? message.includes(expected) : expected.test(message),
  );
  const texts = findings.map(({ grade, message }) => `${grade}: ${message}`).join(' ');
  if (found.length === 0) throw new Error(`check says: ${texts}`);
  return texts;
}

/** The kernel takes some seconds to be sure of an IPv6 address. */
async function eventually(attempt: () => string): Promise<string> {
  for (const end = clock.now() + limitMs; ;) {
    try {
      return attempt();
    } catch (error) {
      if (clock.now() > end) throw error;
    }
    await pause(100);
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    clock.after(ms, resolve);
  });
}

/** Waits until the log of the program has a match, possibly an earlier one. */
async function untilLogged(program: Program, text: RegExp): Promise<void> {
  const end = clock.now() + limitMs;
  while (!text.test(program.log)) {
    if (clock.now() > end) throw new Error(`the log has no match for ${text.source}`);
    await pause(20);
  }
}

function linksUp(): void {
  run('ip', 'link', 'set', 'eth0', 'up');
}

let program: Program | null = null;
function startedProgram(): Program {
  if (program === null) throw new Error('the program has not been started');
  return program;
}
let pciFunction = '';

/** Runs each step. Returns details for the report. */
const stepFunctions: Readonly<Record<Step, () => Promise<string>>> = {
  'without RDMA modules, the resource has no shares, and the program logs why': async () => {
    await kubelet.start();
    program = new Program();
    await until('the resource is registered', async () => (await kubelet.devices(resource)) !== null);
    await untilLogged(startedProgram(), /has no shares available: this node has no RDMA device/);
    return 'since the start of the program';
  },
  'an added soft RoCE link makes its shares and device nodes available': async () => {
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
  'check finds nothing bad in a pod with the interface and the nodes of its HCA': () =>
    eventually(() => check([], /^Port 1 of rxe0 is active. The GID index(es)? of RoCE v2 /)),
  'check says that no GID is an address of a network namespace without the interface': () =>
    Promise.resolve(
      check(
        ['unshare', '-n'],
        /^Port 1 of rxe0 is active, but none of its \d+ GIDs is an address of this network namespace/,
      ),
    ),
  'check says that locked memory is limited for a user without IPC_LOCK': () =>
    Promise.resolve(check([], 'IPC_LOCK has no effect, because the process does not run as root.', { uid: 65_534 })),
  'check names the HCA whose device node a pod lacks': () =>
    Promise.resolve(
      check(
        ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /dev/infiniband && exec "$@"', 'sh'],
        'This container has no uverbs node in /dev/infiniband, so it can use no HCA.',
      ),
    ),
  'an added second link is part of new grants': async () => {
    run('ip', 'link', 'add', 'dummy1', 'type', 'dummy');
    run('ip', 'link', 'set', 'dummy1', 'up');
    return await timed(
      () => run('rdma', 'link', 'add', 'rxe1', 'type', 'rxe', 'netdev', 'dummy1'),
      () => reachNodes('uverbs0 uverbs1 umad0 umad1 issm0 issm1 rdma_cm'),
    );
  },
  'a deleted link is named and not part of new grants': () =>
    timed(
      () => run('rdma', 'link', 'delete', 'rxe1'),
      async () => {
        await reachNodes('uverbs0 umad0 issm0 rdma_cm');
        await untilLogged(startedProgram(), /HCA rxe1 of \S+ is gone/);
      },
    ),
  'a port that goes down makes the shares unhealthy': () =>
    timed(
      () => run('ip', 'link', 'set', 'eth0', 'down'),
      () => reach(0),
    ),
  'a port that comes up makes the shares healthy after the hold-down': async () => {
    const since = clock.now();
    linksUp();
    await reach(shares);
    const ms = clock.now() - since;
    if (ms < holdDownSeconds * 1000)
      throw new Error(
        `the shares were healthy after ${ms} ms, before the end of the hold-down of ${holdDownSeconds} s`,
      );
    return `${Math.round(ms)} ms, including the hold-down of ${holdDownSeconds} s`;
  },
  'after ib_umad is unloaded, new pods get uverbs without umad': () =>
    timed(
      () => run('rmmod', 'ib_umad'),
      () => reachNodes('uverbs0 rdma_cm'),
    ),
  'after ib_umad is loaded, new pods get umad again': () =>
    timed(
      () => load('ib_umad'),
      () => reachNodes('uverbs0 umad0 issm0 rdma_cm'),
    ),
  'a renamed RDMA device keeps its shares': async () => {
    const duration = await timed(
      () => run('rdma', 'dev', 'set', 'rxe0', 'name', 'mlx5_7'),
      () => untilLogged(startedProgram(), /hcas=.*mlx5_7/),
    );
    await reach(shares);
    await reachNodes('uverbs0 umad0 issm0 rdma_cm');
    return duration;
  },
  'a restarted kubelet gets the shares again': async () => {
    await kubelet.restart();
    return await timed(
      () => {},
      () => reach(shares),
    );
  },
  'exclusive network namespace mode makes the shares unhealthy, and the program logs why': async () => {
    const duration = await timed(
      () => run('rdma', 'system', 'set', 'netns', 'exclusive'),
      () => reach(0),
    );
    await untilLogged(
      startedProgram(),
      /has no shares available: the RDMA subsystem is in exclusive network namespace mode/,
    );
    return duration;
  },
  'shared network namespace mode makes the shares healthy again': () =>
    timed(
      () => run('rdma', 'system', 'set', 'netns', 'shared'),
      () => reach(shares),
    ),
  'a removed PCI function makes the shares unhealthy': async () => {
    pciFunction = realpathSync('/sys/class/net/eth0/device');
    return await timed(
      () => writeFileSync(join(pciFunction, 'remove'), '1'),
      () => reach(0),
    );
  },
  'a rescanned PCI function with a new link makes the shares healthy again': async () => {
    writeFileSync('/sys/bus/pci/rescan', '1');
    while (!readdirSync('/sys/class/net').includes('eth0'))
      await new Promise<void>((resolve) => void clock.after(20, resolve));
    linksUp();
    return await timed(
      () => run('rdma', 'link', 'add', 'rxe0', 'type', 'rxe', 'netdev', 'eth0'),
      () => reach(shares),
    );
  },
  'after the last link is deleted, the shares stay listed as unhealthy': async () => {
    const duration = await timed(
      () => run('rdma', 'link', 'delete', 'rxe0'),
      () => reach(0),
    );
    const status = await kubelet.devices(resource);
    if (status?.unhealthy.length !== shares)
      throw new Error(`the kubelet lists ${status?.unhealthy.length} unhealthy shares`);
    return duration;
  },
  'the program exits with code 0 on SIGTERM and leaves no socket': async () => {
    const since = clock.now();
    startedProgram().terminate();
    const status = await startedProgram().ended;
    const left = [paths.devicePlugins, paths.pluginsRegistry]
      .flatMap((directory) => readdirSync(directory))
      .filter((name) => name.startsWith('rdma-shared-dp'));
    if (status !== 0 || left.length > 0)
      throw new Error(`the program exited with code ${status}, sockets left: ${left.join(', ') || 'none'}`);
    return `${Math.round(clock.now() - since)} ms`;
  },
};

/** Makes a change and returns how long after it the kubelet knew. */
async function timed(change: () => unknown, kubeletKnows: () => Promise<void>): Promise<string> {
  const before = clock.now();
  change();
  const changed = clock.now();
  await kubeletKnows();
  return `${Math.round(clock.now() - changed)} ms after the change, which took ${Math.round(changed - before)} ms`;
}

async function runStep(step: Step): Promise<void> {
  const since = clock.now();
  let passed = true;
  let details = '';
  try {
    details = await stepFunctions[step]();
  } catch (error) {
    passed = false;
    details = error instanceof Error ? error.message : String(error);
  }
  writeSync(report, `${JSON.stringify({ step, passed, ms: Math.round(clock.now() - since), details })}\n`);
}

async function main(): Promise<void> {
  for (const step of steps) await runStep(step);
}

void main().then(() => process.exit(0));
