// SPDX-License-Identifier: Apache-2.0
import { messageOf } from '#domain/problem/problem.ts';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildProgram } from '#adapters/cli/child-program.ts';
import { inventoryTable } from '#adapters/cli/inventory-table.ts';
import { parseYaml } from '#adapters/settings/document/parse-yaml.ts';
import { discoveryAdapters } from '#adapters/discovery/registry.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { FakeKubelet } from '#adapters/fake-kubelet/fake-kubelet.ts';
import { waitUntil } from '#adapters/fake-kubelet/time/wait-until.ts';
import { Demo, type DemoStage } from './scenario.ts';

const resource = 'rdma/hca_shared_devices';
const settings = {
  periodicUpdateInterval: 60,
  configList: [{ resourceName: 'hca_shared_devices', rdmaHcaMax: 8, selectors: { vendors: ['15b3'] } }],
};

/** Far longer than any step takes. */
const limitMs = 15_000;
/** Between two steps, for people; nobody reads along where the output goes into a file. */
const breathMs = 900;

/** Where the demonstration plays: nothing outside this directory is touched. */
function placesIn(directory: string) {
  return {
    config: join(directory, 'config.json'),
    hcas: join(directory, 'hcas.yaml'),
    devicePlugins: join(directory, 'device-plugins'),
    pluginsRegistry: join(directory, 'plugins_registry'),
  };
}
type Places = ReturnType<typeof placesIn>;

/** Runs the demonstration and returns the exit status. */
export async function demo(): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'rdma-demo-'));
  const places = placesIn(directory);
  const child = new ChildProgram(wordsFor(places), (line) => say(`   | ${line}`));
  process.once('SIGINT', () => child.kill());
  try {
    await mkdir(places.devicePlugins);
    await mkdir(places.pluginsRegistry);
    await writeFile(places.config, JSON.stringify(settings));
    say(
      'What a node sees of rdma-shared-dp, without hardware and without a cluster. The lines with a bar are its own log.',
    );
    await new Demo(stageOf(places, child)).play();
    say('\nThat was all. On a cluster: deploy/README.md. On this machine: rdma-shared-dp discover.');
    return 0;
  } catch (error) {
    say(`\nerror: the demonstration failed: ${messageOf(error)}`);
    return 1;
  } finally {
    child.kill();
    await rm(directory, { recursive: true, force: true });
  }
}

function wordsFor(places: Places): readonly string[] {
  return [
    ...['run', '--config-file', places.config, '--discovery', 'fake', '--fake-hcas', places.hcas],
    ...['--device-plugins-dir', places.devicePlugins, '--plugins-registry-dir', places.pluginsRegistry],
  ];
}

function stageOf(places: Places, child: ChildProgram): DemoStage {
  const clock = new SystemClock();
  const kubelet = new FakeKubelet({
    devicePluginsDir: places.devicePlugins,
    pluginsRegistryDir: places.pluginsRegistry,
    clock,
  });
  const socketsIn = (path: string): string[] => readdirSync(path).filter((name) => name.startsWith('rdma-shared-dp'));
  return {
    resource,
    kubelet,
    host: { hold: (hcas) => writeHcas(places, hcas), describe: () => describeHost(places) },
    plugin: {
      start: () => child.start(),
      stop: () => child.stop(),
      sockets: () => [...socketsIn(places.devicePlugins), ...socketsIn(places.pluginsRegistry)],
    },
    until: (what, holds) => waitUntil(kubelet, clock, what, limitMs, holds),
    say,
    breathe: () => new Promise((resolve) => clock.after(process.stdout.isTTY ? breathMs : 0, resolve)),
    now: () => clock.now(),
  };
}

/** Renamed into place, so that the plugin never reads half a file. */
async function writeHcas(places: Places, names: readonly string[]): Promise<void> {
  await writeFile(
    `${places.hcas}.new`,
    names.length === 0 ? 'hcas: []\n' : `hcas:\n${names.map((name) => `  - name: ${name}\n`).join('')}`,
  );
  await rename(`${places.hcas}.new`, places.hcas);
}

async function describeHost(places: Places): Promise<string> {
  const { discovery } = discoveryAdapters.fake({
    hostRoot: '/',
    clock: new SystemClock(),
    fakeHcasFile: places.hcas,
    parseYaml,
  });
  return inventoryTable(await discovery.scan(), false);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
