// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestHca, addressOf, functionOf, guidOf, isInfiniband, netdevOf, roleOf } from './test-hca.ts';
import { TestHost, nodesOf } from './test-host.ts';

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

  driverFiles(): readonly string[] {
    return [];
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
    const hcas = classPresent ? this.hcas.map((hca) => specOf(hca, nodesPresent)) : [];
    const document = { netnsMode: exclusive ? 'exclusive' : 'shared', hcas };
    writeFileSync(`${this.file}.new`, JSON.stringify(document));
    renameSync(`${this.file}.new`, this.file);
  }
}

/** Returns the HCA as the file describes it. */
function specOf(hca: TestHca, nodesPresent: boolean): object {
  const { name, unit, vendor, port } = hca;
  const netdev = netdevOf(unit);
  const nodes = nodesPresent ? nodesOf(hca) : [];
  return {
    name,
    vendor,
    pciAddress: addressOf(functionOf(unit)),
    nodeGuid: guidOf(unit),
    managementOnly: roleOf(unit) === 'management',
    ports: [{ state: port, linkLayer: isInfiniband(functionOf(unit)) ? 'InfiniBand' : 'Ethernet' }],
    netdevs: netdev === null || hca.netdevAway ? [] : [netdev],
    deviceNodes: [
      ...nodes.map((node) => ({ kind: node.replace(/\d+$/, ''), path: `/dev/infiniband/${node}` })),
      ...(nodesPresent ? ['rdma_cm'] : []),
    ],
  };
}
