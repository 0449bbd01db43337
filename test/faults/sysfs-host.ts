// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SysfsTree } from '../support/sysfs-tree.ts';
import { type HostState, type TestHca, TestHost } from './test-host.ts';

/** A host as a tree of files in the layout of the kernel. */
export class SysfsHost extends TestHost {
  private readonly tree = new SysfsTree();
  readonly words = ['--discovery=sysfs', '--host-root', this.tree.root];

  close(): void {
    this.tree.destroy();
  }

  nodePaths(hcas: readonly TestHca[]): readonly string[] {
    return hcas.flatMap((hca) => nodesOf(hca).map((node) => `/dev/infiniband/${node}`));
  }

  protected writeAdded({ name, number, vendor }: TestHca): void {
    this.tree.addHca({ name, number, pci: { vendor: `0x${vendor}\n` } });
    this.writeHcas();
  }

  protected writeRemoved({ name }: TestHca): void {
    this.tree.removeHca(name);
  }

  protected writeHcas(): void {
    for (const { name, port } of this.hcas) {
      const file = this.path(`sys/class/infiniband/${name}/ports/1/state`);
      rmSync(file, { recursive: true, force: true });
      // A directory simulates an unreadable file, because root can read files whatever their permissions are.
      if (port === null) mkdirSync(file);
      else writeFileSync(file, port === 'ACTIVE' ? '4: ACTIVE\n' : '1: DOWN\n');
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

  private writeNodes(): void {
    const directory = this.path('dev/infiniband');
    if (!this.current.nodesPresent) return rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'rdma_cm'), '');
    for (const hca of this.hcas) {
      const present = nodesOf(hca);
      for (const node of nodesOf({ ...hca, uverbs: true, umad: true })) {
        if (present.includes(node)) writeFileSync(join(directory, node), '');
        else rmSync(join(directory, node), { force: true });
      }
    }
  }

  private path(path: string): string {
    return join(this.tree.root, path);
  }
}

function nodesOf({ number, uverbs, umad }: TestHca): readonly string[] {
  return [...(uverbs ? [`uverbs${number}`] : []), ...(umad ? [`umad${number * 10}`] : [])];
}
