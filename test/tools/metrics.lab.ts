// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { RunningNodeFixture } from '../support/running-node-fixture.ts';
import { describeTier } from '../support/tier-group.ts';
import { until } from '../support/until.ts';

describeTier('promtool', () => {
  it('finds nothing to say about the metrics of a program that serves two resources', async () => {
    const node = new RunningNodeFixture();
    try {
      node.plug({ name: 'mlx5_0' }, { name: 'mlx5_1', broken: true });
      const resource = { rdmaHcaMax: 2, selectors: { vendors: ['15b3'] } };
      node.configure({ ...resource, resourceName: 'a', sharing: 'device' }, { ...resource, resourceName: 'b' });
      await node.kubelet.start();
      const program = node.run('--http-address=127.0.0.1:0');
      await node.reach('rdma/a', 2);
      await node.start('rdma/a', 1);
      await until(() => /serving HTTP port=\d+/.test(program.log));
      const port = /serving HTTP port=(\d+)/.exec(program.log)?.[1] ?? '';
      const input = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    } finally {
      await node.close();
    }
  });
});
