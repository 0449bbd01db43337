// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChildProgram } from '#adapters/cli/child-program.ts';
import { inventoryTable } from '#adapters/cli/inventory-table.ts';
import { discoveryAdapters } from '#adapters/discovery/registry.ts';
import { FakeKubelet } from '#adapters/fake-kubelet/fake-kubelet.ts';
import { waitUntil } from '#adapters/fake-kubelet/time/wait-until.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { parseYaml } from '#adapters/settings/document/parse-yaml.ts';
import type { Stage } from './scenario.ts';

const resource = 'rdma/hca_shared_devices';
const settings = {
  periodicUpdateInterval: 60,
  configList: [{ resourceName: 'hca_shared_devices', rdmaHcaMax: 8, selectors: { vendors: ['15b3'] } }],
};

/** Far longer than any step takes. */
const limitMs = 15_000;
/** The pause before each step, for people who watch. There is none where the output goes to a file. */
const pauseMs = 900;

/** The plugin as a child process, with fake HCAs and the fake kubelet. It touches nothing outside its directory. */
export class LocalStage implements Stage {
  readonly resource = resource;
  readonly kubelet: FakeKubelet;
  readonly plugin: ChildProgram;
  private readonly clock = new SystemClock();
  private readonly devicePlugins: string;
  private readonly pluginsRegistry: string;
  private readonly configFile: string;
  private readonly hcasFile: string;
  private isClosed = false;

  constructor(
    directory: string,
    readonly say: (text: string) => void,
  ) {
    this.devicePlugins = join(directory, 'device-plugins');
    this.pluginsRegistry = join(directory, 'plugins_registry');
    this.configFile = join(directory, 'config.json');
    this.hcasFile = join(directory, 'hcas.yaml');
    this.kubelet = new FakeKubelet({
      devicePluginsDir: this.devicePlugins,
      pluginsRegistryDir: this.pluginsRegistry,
      clock: this.clock,
    });
    this.plugin = new ChildProgram(this.pluginArguments(), (line) => say(`   | ${line}`));
  }

  /** Creates the kubelet's directories and the settings file. */
  async build(): Promise<void> {
    await mkdir(this.devicePlugins);
    await mkdir(this.pluginsRegistry);
    await writeFile(this.configFile, JSON.stringify(settings));
  }

  /** Ends the plugin and the kubelet, wherever the scenario is. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.plugin.kill();
    await this.kubelet.stop();
  }

  get closed(): boolean {
    return this.isClosed;
  }

  async setHcas(names: readonly string[]): Promise<void> {
    const items = names.map((name) => `\n  - name: ${name}`).join('');
    const temporary = `${this.hcasFile}.new`;
    await writeFile(temporary, `hcas:${items === '' ? ' []' : items}\n`);
    // Renamed into place, so that the plugin never reads half a file.
    await rename(temporary, this.hcasFile);
  }

  async describeHost(): Promise<string> {
    const context = { hostRoot: '/', clock: this.clock, fakeHcasFile: this.hcasFile, parseYaml };
    return inventoryTable(await discoveryAdapters.fake(context).discovery.scan(), false);
  }

  sockets(): readonly string[] {
    return [this.devicePlugins, this.pluginsRegistry].flatMap((directory) =>
      readdirSync(directory).filter((name) => name.startsWith('rdma-shared-dp')),
    );
  }

  waitUntil(what: string, holds: () => Promise<boolean>): Promise<void> {
    return waitUntil(this.kubelet, this.clock, what, limitMs, holds);
  }

  pause(): Promise<void> {
    return new Promise((resolve) => this.clock.after(process.stdout.isTTY ? pauseMs : 0, resolve));
  }

  now(): number {
    return this.clock.now();
  }

  private pluginArguments(): readonly string[] {
    return [
      ...['run', '--config-file', this.configFile, '--discovery', 'fake', '--fake-hcas', this.hcasFile],
      ...['--device-plugins-dir', this.devicePlugins, '--plugins-registry-dir', this.pluginsRegistry],
    ];
  }
}
