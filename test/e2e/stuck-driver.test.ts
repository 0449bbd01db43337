// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NodeFixture } from '../support/node-fixture.ts';
import { ProgramFixture } from '../support/program-fixture.ts';
import { StuckFile, canMountStuckFiles } from '../support/stuck-file.ts';
import { SysfsTree } from '../support/sysfs-tree.ts';

/** The program notices a driver that does not answer within 15 s. */
const limitMs = 60_000;
const onCapableMachine = canMountStuckFiles ? describe : describe.skip;
const missing = canMountStuckFiles ? '' : ' (skipped: it needs root, /dev/fuse and python3)';

onCapableMachine(`the program on a host where the driver of one HCA does not answer${missing}`, () => {
  let node: NodeFixture;
  let tree: SysfsTree;
  let stuck: StuckFile;
  let config: string;
  beforeEach(async () => {
    node = new NodeFixture();
    tree = new SysfsTree();
    for (const number of [0, 1]) tree.addHca({ name: `mlx5_${number}`, number });
    config = join(node.directory, 'config.json');
    const configList = [0, 1].map((number) => ({
      resourceName: `hca${number}`,
      rdmaHcaMax: 4,
      selectors: { rdmaDevices: [`mlx5_${number}`] },
    }));
    writeFileSync(config, JSON.stringify({ periodicUpdateInterval: 0, configList }));
    await node.kubelet.start();
  });
  afterEach(async () => {
    await stuck.close();
    await node.close();
    tree.destroy();
  });

  function run(...words: readonly string[]): ProgramFixture {
    const program = new ProgramFixture([
      ...['--config-file', config, '--host-root', tree.root, '--registration', 'device-plugins'],
      ...['--device-plugins-dir', node.directories.devicePlugins],
      ...['--plugins-registry-dir', node.directories.pluginsRegistry, ...words],
    ]);
    node.onClose(async () => void (await program.end('SIGKILL')));
    return program;
  }

  const attribute = (name: string): string =>
    join(tree.root, `sys/devices/pci0000:00/0000:3b:00.0/infiniband/mlx5_0/${name}`);

  async function grants(resource: string): Promise<boolean> {
    const containers = [{ name: 'c', limits: { [resource]: 1 } }];
    return (await node.kubelet.admit({ namespace: 't', name: `p-${resource}`, containers })).admitted;
  }

  it.each(['ports/1/state', 'ports/1/rate'])(
    'makes its shares unhealthy, names it, serves the others, and recovers when %s answers',
    async (name) => {
      stuck = await StuckFile.over(attribute(name));
      const program = run();
      await node.reach('rdma/hca0', 4);
      await node.reach('rdma/hca1', 4);
      void stuck.hold();
      // Nothing announces it. `state` is asked every 10 s; another attribute at the next scan, which this requests.
      if (name !== 'ports/1/state') tree.addHca({ name: 'mlx5_2', number: 2 });
      await node.reach('rdma/hca0', 0);
      expect(program.log).toMatch(/HCA mlx5_0 \(0000:3b:00\.0\) does not answer: the read of .* is stuck\./);
      expect(await grants('rdma/hca1')).toBe(true);
      stuck.release();
      await node.reach('rdma/hca0', 4);
      expect((await program.end()).status).toBe(0);
    },
    limitMs,
  );

  it(
    'ends at SIGTERM while the read is stuck',
    async () => {
      stuck = await StuckFile.over(attribute('ports/1/state'));
      const program = run();
      await node.reach('rdma/hca0', 4);
      void stuck.hold();
      await node.reach('rdma/hca0', 0);
      expect((await program.end()).status).toBe(0);
    },
    limitMs,
  );

  it(
    'starts with the other HCAs if the driver does not answer from the beginning',
    async () => {
      stuck = await StuckFile.over(attribute('fw_ver'));
      void stuck.hold();
      const program = run();
      await node.reach('rdma/hca1', 4);
      expect(program.log).toContain('HCA_SCAN_STUCK');
      stuck.release();
      await node.reach('rdma/hca0', 4);
      expect((await program.end()).status).toBe(0);
    },
    limitMs,
  );
});
