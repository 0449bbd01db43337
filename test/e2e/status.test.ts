// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { livenessMs } from '../support/node-fixture.ts';
import { type ProgramFixture, runProgram } from '../support/program-fixture.ts';
import { RunningNodeFixture } from '../support/running-node-fixture.ts';

let node = new RunningNodeFixture();
let socket = '';
beforeEach(async () => {
  await node.close();
  node = new RunningNodeFixture();
  socket = join(node.directory, 'run', 'status.sock');
  node.plug({ name: 'mlx5_0' }, { name: 'mlx5_1', broken: true });
  node.configure({ resourceName: 'a', rdmaHcaMax: 2, sharing: 'device', selectors: { vendors: ['15b3'] } });
});
afterEach(() => node.close());

/** Runs the daemon with a status socket. */
function runDaemon(): ProgramFixture {
  return node.run(`--status-socket=${socket}`);
}

describe('status of the running program', () => {
  it(
    'waits until the program is ready, and shows who holds what',
    async () => {
      const waiting = runProgram(['status', '--wait', '--status-socket', socket]);
      runDaemon();
      await node.kubelet.start();
      const ready = await waiting;
      expect({ status: ready.status, err: ready.err }).toEqual({ status: 0, err: '' });
      expect(ready.out).toMatch(/Ready: +yes/);
      expect(ready.out).toMatch(/rdma\/a +registered +4 +2 +2 +0 +0/);
      await node.start('rdma/a', 1);
      const withPods = await runProgram(['status', '--pods', '-o', 'json', '--status-socket', socket]);
      expect(JSON.parse(withPods.out)).toMatchObject({
        holders: [{ namespace: 't', pod: 'p1', container: 'c', hcas: ['mlx5_0'], stale: [] }],
        resources: [{ allocations: { granted: 1 } }],
      });
      expect((await runProgram(['status', '-o', 'name', '--status-socket', socket])).out).toBe('rdma/a\n');
    },
    livenessMs,
  );

  it(
    'ends with status 1 while the program is not ready, and says what is missing',
    async () => {
      runDaemon();
      const { status, out, err } = await runProgram([
        ...['status', '--wait', '--timeout=2s', '--status-socket', socket],
      ]);
      expect({ status, err }).toEqual({ status: 1, err: '' });
      expect(out).toContain('Ready:          no\n  rdma/a is not registered with the kubelet.\n');
    },
    livenessMs,
  );

  it(
    'ends with status 1 and a remedy if no program runs',
    async () => {
      const { status, out, err } = await runProgram(['status', '--status-socket', socket]);
      expect({ status, out }).toEqual({ status: 1, out: '' });
      expect(err).toContain('the socket does not exist.\n  Run this in the container of the DaemonSet');
    },
    livenessMs,
  );

  it(
    'serves no socket if it cannot, says so once, and works',
    async () => {
      socket = '/proc/none/status.sock';
      const program = runDaemon();
      await node.kubelet.start();
      await node.reach('rdma/a', 2);
      expect(program.log.match(/STATUS_SOCKET_UNUSABLE/g)).toHaveLength(1);
    },
    livenessMs,
  );
});
