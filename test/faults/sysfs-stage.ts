// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SysfsTree } from '../support/sysfs-tree.ts';
import { HostStage, type HostState, type StagedHca } from './host-stage.ts';

/** A host as a tree of files, as the kernel lays them out. */
export class SysfsStage extends HostStage {
  private readonly tree = new SysfsTree();
  readonly words = ['--discovery=sysfs', '--host-root', this.tree.root];

  close(): void {
    this.tree.destroy();
  }

  nodePaths(hcas: readonly StagedHca[]): readonly string[] {
    return hcas.flatMap((hca) => nodesOf(hca).map((node) => `/dev/infiniband/${node}`));
  }

  protected showNew({ name, number, vendor }: StagedHca): void {
    this.tree.addHca({ name, number, pci: { vendor: `0x${vendor}\n` } });
    this.showChange();
  }

  protected showGone({ name }: StagedHca): void {
    this.tree.removeHca(name);
  }

  protected showChange(): void {
    for (const { name, port } of this.hcas) {
      const file = this.path(`sys/class/infiniband/${name}/ports/1/state`);
      rmSync(file, { recursive: true, force: true });
      // What cannot be read is a directory here: permissions do not bind root.
      if (port === null) mkdirSync(file);
      else writeFileSync(file, port === 'ACTIVE' ? '4: ACTIVE\n' : '1: DOWN\n');
    }
    this.showNodes();
  }

  private showNodes(): void {
    const directory = this.path('dev/infiniband');
    if (!this.general.nodesThere) return rmSync(directory, { recursive: true, force: true });
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

  protected showState(before: HostState): void {
    const [there, away] = [this.path('sys/class/infiniband'), this.path('sys/class/.infiniband')];
    const { classThere, exclusive } = this.general;
    if (before.classThere !== classThere) renameSync(classThere ? away : there, classThere ? there : away);
    writeFileSync(this.path('sys/module/ib_core/parameters/netns_mode'), exclusive ? 'N\n' : 'Y\n');
    this.showNodes();
  }

  private path(path: string): string {
    return join(this.tree.root, path);
  }
}

function nodesOf({ number, uverbs, umad }: StagedHca): readonly string[] {
  return [...(uverbs ? [`uverbs${number}`] : []), ...(umad ? [`umad${number * 10}`] : [])];
}
