// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NodeFixture, livenessMs } from '../support/node-fixture.ts';
import { ProgramFixture } from '../support/program-fixture.ts';
import { until } from '../support/until.ts';
import { SysfsTree } from '../support/sysfs-tree.ts';

let node = new NodeFixture();
let host = new SysfsTree();
let mount: MountedConfigMap;
beforeEach(async () => {
  await node.close();
  host.destroy();
  node = new NodeFixture();
  host = new SysfsTree();
  mount = new MountedConfigMap(join(node.directory, 'k8s-rdma-shared-dev-plugin'));
  for (const number of [0, 1]) {
    host.addHca({
      name: `mlx5_${number}`,
      number,
      driver: 'mlx5_core',
      pci: { vendor: '0x15b3', device: '0x1017' },
      netdevs: [{ name: `ens${number}` }],
      kinds: ['uverbs', 'umad'],
    });
  }
  await node.kubelet.start();
});
afterEach(async () => {
  await node.close();
  host.destroy();
});

/**
 * The directory of a mounted ConfigMap as the kubelet writes it (pkg/volume/util/atomic_writer.go): links to `..data`.
 */
class MountedConfigMap {
  private version = 0;

  constructor(readonly directory: string) {}

  get file(): string {
    return join(this.directory, 'config.json');
  }

  write(text: string): void {
    const previous = this.version;
    this.version += 1;
    mkdirSync(this.versionDirectory(this.version), { recursive: true });
    writeFileSync(join(this.versionDirectory(this.version), 'config.json'), text);
    symlinkSync(`..2026_11_24_10_00_0${this.version}.1`, join(this.directory, '..data_tmp'));
    renameSync(join(this.directory, '..data_tmp'), join(this.directory, '..data'));
    if (previous === 0) symlinkSync(join('..data', 'config.json'), this.file);
    else rmSync(this.versionDirectory(previous), { recursive: true });
  }

  private versionDirectory(version: number): string {
    return join(this.directory, `..2026_11_24_10_00_0${version}.1`);
  }
}

const resource = (resourceName: string, rdmaHcaMax: number, netdev: string): object => ({
  resourceName,
  rdmaHcaMax,
  selectors: { vendors: ['15b3'], ifNames: [netdev] },
});
const settings = (...configList: readonly object[]): string =>
  JSON.stringify({ periodicUpdateInterval: 300, configList });

/** Starts the program like an upstream image, with its flag in its form. */
function start(environment: Readonly<Record<string, string>> = {}): ProgramFixture {
  const program = new ProgramFixture(
    [
      ...['-config-file', mount.file, '-host-root', host.root, '--device-plugins-dir', node.directories.devicePlugins],
      ...['--plugins-registry-dir', node.directories.pluginsRegistry, '--registration', 'device-plugins'],
    ],
    environment,
  );
  node.onClose(async () => void (await program.end('SIGKILL')));
  return program;
}

async function listed(name: string): Promise<readonly [readonly string[], readonly string[]]> {
  const status = await node.kubelet.devices(name);
  return [(status?.healthy ?? []).toSorted(), (status?.unhealthy ?? []).toSorted()];
}

function registrations(program: ProgramFixture, name: string): number {
  return program.log
    .split('\n')
    .filter((line) => line.includes('INFO registered with kubelet') && line.includes(`resource=${name}`)).length;
}

describe('the program in place of upstream, with a mounted ConfigMap', () => {
  it(
    'applies changes while it runs: changed resources get a new list, and all streams stay open',
    async () => {
      mount.write(settings(resource('hca_a', 4, 'ens0'), resource('hca_b', 3, 'ens1')));
      const program = start();
      await node.reach('rdma/hca_a', 4);
      await node.reach('rdma/hca_b', 3);
      const sockets = node.sockets();
      expect(sockets).toHaveLength(2);

      mount.write(settings(resource('hca_a', 6, 'ens0'), resource('hca_b', 3, 'ens1')));
      await node.reach('rdma/hca_a', 6);
      expect(await listed('rdma/hca_b')).toEqual([['0', '1', '2'], []]);
      // The open stream got one more list: there is no new socket and no new registration.
      expect(node.sockets().toSorted()).toEqual(sockets.toSorted());
      expect(['rdma/hca_a', 'rdma/hca_b'].map((name) => registrations(program, name))).toEqual([1, 1]);
      expect(program.log).toMatch(
        /new settings applied generation=2 hash=[0-9a-f]{8} resources=\["rdma\/hca_a","rdma\/hca_b"\]/,
      );
    },
    livenessMs,
  );

  it(
    'keeps the ids that pods may hold when there are fewer shares, and closes a removed resource after an empty list',
    async () => {
      mount.write(settings(resource('hca_a', 4, 'ens0'), resource('hca_b', 3, 'ens1')));
      const program = start();
      await node.reach('rdma/hca_a', 4);
      await node.reach('rdma/hca_b', 3);
      mount.write(settings(resource('hca_a', 2, 'ens0')));
      await node.reach('rdma/hca_a', 2);
      expect(await listed('rdma/hca_a')).toEqual([
        ['0', '1'],
        ['2', '3'],
      ]);
      await node.until(
        'rdma/hca_b has an empty list',
        async () => (await node.kubelet.devices('rdma/hca_b'))?.capacity === 0,
      );
      await until(() => node.sockets().length === 1);
      expect(registrations(program, 'rdma/hca_a')).toBe(1);
    },
    livenessMs,
  );

  it(
    'keeps the effective settings when new ones are invalid, logs that once, and applies the next valid ones',
    async () => {
      mount.write(settings(resource('hca_a', 4, 'ens0')));
      const program = start();
      await node.reach('rdma/hca_a', 4);
      mount.write(settings({ ...resource('hca_a', -1, 'ens0') }, { resourceName: 'b c', rdmaHcaMax: 1 }));
      await until(() => program.log.includes('new settings rejected'));
      expect(await listed('rdma/hca_a')).toEqual([['0', '1', '2', '3'], []]);
      mount.write(settings(resource('hca_a', 5, 'ens0')));
      await node.reach('rdma/hca_a', 5);
      expect(program.log.split('new settings rejected')).toHaveLength(2);
      expect(program.log.match(/code=CONFIG_\w+/g)).toEqual([
        'code=CONFIG_VALUE_OUT_OF_RANGE',
        'code=CONFIG_RESOURCE_NAME_INVALID',
        'code=CONFIG_SELECTORS_MISSING',
      ]);
    },
    livenessMs,
  );

  it(
    'waits for a ConfigMap that is mounted later',
    async () => {
      const program = start();
      await until(() => program.log.includes('waiting for settings'));
      mount.write(settings(resource('hca_a', 4, 'ens0')));
      await node.reach('rdma/hca_a', 4);
      expect(program.log).toContain('settings applied generation=1');
    },
    livenessMs,
  );

  it(
    'applies the entry for the name of the node',
    async () => {
      const nodes = [{ match: { names: ['gpu-*'] }, configList: [resource('hca_a', 9, 'ens0')] }];
      mount.write(JSON.stringify({ configList: [resource('hca_a', 4, 'ens0')], nodes }));
      const program = start({ NODE_NAME: 'gpu-17' });
      await node.reach('rdma/hca_a', 9);
      expect(program.log).toContain('nodeEntries=["nodes[0]"]');
    },
    livenessMs,
  );
});
