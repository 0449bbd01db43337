// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostStage, addressOf } from './host-stage.ts';

/** A host in the file of `--discovery fake`, which is written anew at each change. */
export class FakeFileStage extends HostStage {
  private readonly directory = mkdtempSync(join(tmpdir(), 'rdma-fake-'));
  private readonly file = join(this.directory, 'hcas.yaml');
  readonly words = ['--discovery=fake', '--fake-hcas', this.file];

  constructor() {
    super();
    this.showChange();
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The fake host numbers its nodes by itself. */
  nodePaths(): null {
    return null;
  }

  protected showNew(): void {
    this.showChange();
  }

  protected showGone(): void {
    this.showChange();
  }

  protected showState(): void {
    this.showChange();
  }

  protected showChange(): void {
    const { exclusive, classThere, nodesThere } = this.general;
    const hcas = this.hcas.map(({ name, number, vendor, uverbs, umad, port }) => ({
      name,
      pciAddress: addressOf(number),
      vendor,
      ports: [{ state: port }],
      broken: !uverbs || !nodesThere,
      deviceNodes: ['uverbs', ...(umad ? ['umad'] : []), 'rdma_cm'],
    }));
    const document = { netnsMode: exclusive ? 'exclusive' : 'shared', hcas: classThere ? hcas : [] };
    writeFileSync(`${this.file}.new`, JSON.stringify(document));
    renameSync(`${this.file}.new`, this.file);
  }
}
