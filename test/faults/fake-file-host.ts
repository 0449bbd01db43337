// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestHost, addressOf } from './test-host.ts';

/** A host in the file of `--discovery fake`. Each change replaces the file. */
export class FakeFileHost extends TestHost {
  private readonly directory = mkdtempSync(join(tmpdir(), 'rdma-fake-'));
  private readonly file = join(this.directory, 'hcas.yaml');
  readonly words = ['--discovery=fake', '--fake-hcas', this.file];

  constructor() {
    super();
    this.writeHcas();
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Returns null: the fake adapter numbers the nodes itself. */
  nodePaths(): null {
    return null;
  }

  protected writeAdded(): void {
    this.writeHcas();
  }

  protected writeRemoved(): void {
    this.writeHcas();
  }

  protected writeState(): void {
    this.writeHcas();
  }

  protected writeHcas(): void {
    const { exclusive, classPresent, nodesPresent } = this.current;
    const hcas = this.hcas.map(({ name, number, vendor, uverbs, umad, port }) => ({
      name,
      pciAddress: addressOf(number),
      vendor,
      ports: [{ state: port }],
      broken: !uverbs || !nodesPresent,
      deviceNodes: ['uverbs', ...(umad ? ['umad'] : []), 'rdma_cm'],
    }));
    const document = { netnsMode: exclusive ? 'exclusive' : 'shared', hcas: classPresent ? hcas : [] };
    writeFileSync(`${this.file}.new`, JSON.stringify(document));
    renameSync(`${this.file}.new`, this.file);
  }
}
