// SPDX-License-Identifier: Apache-2.0
import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChildProgram } from '#adapters/cli/child-program.ts';
import { inventoryTable } from '#adapters/cli/text/inventory.ts';
import { discoveryAdapters } from '#adapters/discovery/registry.ts';
import { FakeKubelet } from '#adapters/fake-kubelet/fake-kubelet.ts';
import { waitUntil } from '#adapters/fake-kubelet/time/wait-until.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { parseYaml } from '#adapters/settings/document/parse-yaml.ts';

const settings = {
  periodicUpdateInterval: 60,
  configList: [{ resourceName: 'hca_shared_devices', rdmaHcaMax: 8, selectors: { vendors: ['15b3'] } }],
};

/** Far longer than any step takes. */
const limitMs = 15_000;
/** The pause before each step, for viewers. There is none if the output goes to a file. */
const pauseMs = 900;

/**
 * The node on which the scenario runs, and its output: the plugin as a child process, with fake HCAs and the stand-in
 * kubelet. It touches nothing outside its directory.
 */
export class Stage {
  /** The resource that the plugin shares, with 8 shares. */
  readonly resource = 'rdma/hca_shared_devices';
  readonly kubelet: FakeKubelet;
  readonly plugin: ChildProgram;
  private readonly clock = new SystemClock();
  private readonly directories: { readonly devicePluginsDir: string; readonly pluginsRegistryDir: string };
  private readonly configFile: string;
  private readonly hcasFile: string;

  constructor(
    directory: string,
    readonly say: (text: string) => void,
  ) {
    const devicePluginsDir = join(directory, 'device-plugins');
    const pluginsRegistryDir = join(directory, 'plugins_registry');
    this.directories = { devicePluginsDir, pluginsRegistryDir };
    this.configFile = join(directory, 'config.json');
    this.hcasFile = join(directory, 'hcas.yaml');
    this.kubelet = new FakeKubelet({ ...this.directories, clock: this.clock });
    const words = [
      ...['run', '--config-file', this.configFile, '--discovery', 'fake', '--fake-hcas', this.hcasFile],
      ...['--device-plugins-dir', devicePluginsDir, '--plugins-registry-dir', pluginsRegistryDir],
    ];
    this.plugin = new ChildProgram(words, (line) => say(`   | ${line}`));
  }

  /** Ends the plugin and the kubelet, wherever the scenario is. */
  async close(): Promise<void> {
    this.plugin.kill();
    await this.kubelet.stop();
  }

  writeSettings(): void {
    writeFileSync(this.configFile, JSON.stringify(settings));
  }

  /** Replaces the HCAs of the host. */
  setHcas(names: readonly string[]): void {
    const temporary = `${this.hcasFile}.new`;
    writeFileSync(temporary, JSON.stringify({ hcas: names.map((name) => ({ name })) }));
    // Renamed into place, so that the plugin never reads half a file.
    renameSync(temporary, this.hcasFile);
  }

  async describeHost(): Promise<string> {
    const context = { hostRoot: '/', clock: this.clock, fakeHcasFile: this.hcasFile, parseYaml };
    return inventoryTable(await discoveryAdapters.fake(context).discovery.scan(), false);
  }

  /** Returns the plugin's sockets in the kubelet's directories. */
  sockets(): readonly string[] {
    const names = Object.values(this.directories).flatMap((directory) => readdirSync(directory));
    return names.filter((name) => name.startsWith('rdma-shared-dp'));
  }

  /** Resolves when `holds` resolves to true. Rejects with an error that names `what` when that takes too long. */
  waitUntil(what: string, holds: () => Promise<boolean>): Promise<void> {
    return waitUntil(this.kubelet, this.clock, what, limitMs, holds);
  }

  /** Pauses so that viewers can follow. */
  pause(): Promise<void> {
    return new Promise((resolve) => this.clock.after(process.stdout.isTTY ? pauseMs : 0, resolve));
  }

  /** Returns the time in milliseconds. */
  now(): number {
    return this.clock.now();
  }
}
