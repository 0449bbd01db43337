// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SysfsTree, type TreeNetdev } from '../support/sysfs-tree.ts';
import { type TestHca, addressOf, functionOf, guidOf, isInfiniband, netdevOf, roleOf } from './test-hca.ts';
import { type HostState, TestHost, nodesOf } from './test-host.ts';

/** A host as a tree of files in the layout of the kernel. */
export class SysfsHost extends TestHost {
  private readonly tree = new SysfsTree();
  readonly words = ['--discovery=sysfs', '--host-root', this.tree.root];

  close(): void {
    this.tree.destroy();
  }

  driverFiles({ name, port }: TestHca): readonly string[] {
    if (!this.current.classPresent) return [];
    const files = [
      'fw_ver',
      ...['phys_state', 'rate', ...(port === null ? [] : ['state'])].map((file) => `ports/1/${file}`),
    ];
    return files.map((file) => this.path(`sys/class/infiniband/${name}/${file}`)).filter((path) => existsSync(path));
  }

  protected writeAdded({ name, unit, number, vendor }: TestHca): void {
    const infiniband = isInfiniband(functionOf(unit));
    const [guid, netdev] = [guidOf(unit), netdevOf(unit)];
    this.tree.addHca({
      name,
      number,
      device: deviceOf(unit),
      pci: { vendor: `0x${vendor}\n` },
      kinds: roleOf(unit) === 'management' ? ['umad'] : ['uverbs', 'umad'],
      attributes: { node_guid: `${guid}\n` },
      ports: [
        {
          number: 1,
          guid,
          ...(infiniband ? { linkLayer: 'InfiniBand' } : { gidNetdevs: netdev === null ? [] : [netdev] }),
        },
      ],
    });
    this.writeHcas();
  }

  protected writeRemoved({ name, unit }: TestHca): void {
    this.writeNetdev(unit, false);
    this.tree.removeHca(name);
    this.writeNodes();
  }

  protected writeHcas(): void {
    for (const { name, unit, port, netdevAway } of this.hcas) {
      const file = this.path(`sys/class/infiniband/${name}/ports/1/state`);
      rmSync(file, { recursive: true, force: true });
      // A directory simulates an unreadable file, because root can read files whatever their permissions are.
      if (port === null) mkdirSync(file);
      else writeFileSync(file, port === 'ACTIVE' ? '4: ACTIVE\n' : '1: DOWN\n');
      this.writeNetdev(unit, !netdevAway);
    }
    this.writeNodes();
  }

  protected writeState(before: HostState): void {
    const [visible, hidden] = [this.path('sys/class/infiniband'), this.path('sys/class/.infiniband')];
    const { classPresent, exclusive } = this.current;
    if (before.classPresent !== classPresent)
      renameSync(classPresent ? hidden : visible, classPresent ? visible : hidden);
    writeFileSync(this.path('sys/module/ib_core/parameters/netns_mode'), exclusive ? 'N\n' : 'Y\n');
    this.writeNodes();
  }

  /** A netdev in another network namespace stays in the GID table, and is in no directory. */
  private writeNetdev(unit: number, present: boolean): void {
    const name = netdevOf(unit);
    if (name === null || existsSync(this.path(`sys/class/net/${name}`)) === present) return;
    if (present) return this.tree.addNetdev(netdevWith(name, unit), deviceOf(unit));
    this.tree.remove(`sys/class/net/${name}`);
    this.tree.remove(`sys/devices/${deviceOf(unit)}/net`);
  }

  private writeNodes(): void {
    const directory = this.path('dev/infiniband');
    if (!this.current.nodesPresent) return rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    const present = new Set(['rdma_cm', ...this.hcas.flatMap(nodesOf)]);
    for (const node of readdirSync(directory)) if (!present.has(node)) rmSync(join(directory, node));
    for (const node of present) writeFileSync(join(directory, node), '');
  }

  private path(path: string): string {
    return join(this.tree.root, path);
  }
}

/** The directory of the PCI function under `/sys/devices`. */
function deviceOf(unit: number): string {
  return `pci0000:00/${addressOf(functionOf(unit))}`;
}

/** The address of IPoIB ends with the GUID of its port. */
function netdevWith(name: string, unit: number): TreeNetdev {
  if (!isInfiniband(functionOf(unit))) return { name };
  const guid = guidOf(unit)
    .replaceAll(':', '')
    .replaceAll(/(..)(?=.)/g, '$1:');
  return { name, type: 32, address: `80:00:00:29:fe:80:00:00:00:00:00:00:${guid}` };
}
