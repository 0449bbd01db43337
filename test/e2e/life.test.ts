// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NodeFixture, livenessMs } from '../support/node-fixture.ts';
import { ProgramFixture, programFile, runProgram } from '../support/program-fixture.ts';
import { until } from '../support/until.ts';

let node = new NodeFixture();
beforeEach(async () => {
  await node.close();
  node = new NodeFixture();
  await node.kubelet.start();
  plug('mlx5_0');
});
afterEach(() => node.close());

function put(file: string, text: string): void {
  writeFileSync(join(node.directory, `${file}.new`), text);
  renameSync(join(node.directory, `${file}.new`), join(node.directory, file));
}

function plug(...names: readonly string[]): void {
  put('hcas.yaml', `hcas: [${names.map((name) => `{name: ${name}}`).join(', ')}]\n`);
}

function configure(count: number, rdmaHcaMax = 4): void {
  const configList = Array.from({ length: count }, (_, i) => ({
    resourceName: `hca_${i}`,
    rdmaHcaMax,
    selectors: { vendors: ['15b3'] },
  }));
  put('config.json', JSON.stringify({ configList }));
}

function start(environment: Readonly<Record<string, string>> = {}): ProgramFixture {
  const program = new ProgramFixture(
    [
      ...[
        '-config-file',
        join(node.directory, 'config.json'),
        '-discovery=fake',
        '-fake-hcas',
        join(node.directory, 'hcas.yaml'),
      ],
      ...[
        '--device-plugins-dir',
        node.directories.devicePlugins,
        '--plugins-registry-dir',
        node.directories.pluginsRegistry,
      ],
    ],
    { RDMA_DP_REGISTRATION: 'device-plugins', ...environment },
  );
  node.onClose(async () => void (await program.end('SIGKILL')));
  return program;
}

function offersLogged(program: ProgramFixture): number {
  return program.log.split('INFO shares offered').length - 1;
}

describe('the program', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)(
    'exits on %s with code 0 within 2 seconds, with 20 resources, and leaves no socket',
    async (signal) => {
      configure(20);
      const program = start();
      for (let i = 0; i < 20; i += 1) await node.reach(`rdma/hca_${i}`, 4);
      expect(node.sockets()).toHaveLength(20);
      const since = performance.now();
      const { status } = await program.end(signal);
      expect(performance.now() - since).toBeLessThan(2_000);
      expect({ status, sockets: node.sockets() }).toEqual({ status: 0, sockets: [] });
    },
    livenessMs,
  );

  it(
    'exits within 2 seconds, with 50 resources, if the kubelet answers none of their registrations',
    async () => {
      configure(50);
      node.kubelet.faults.inject('register', { kind: 'hang' }, 50);
      const program = start();
      await until(() => node.kubelet.faults.seen('register') === 16);
      const since = performance.now();
      const { status } = await program.end();
      expect(performance.now() - since).toBeLessThan(2_000);
      expect({ status, sockets: node.sockets() }).toEqual({ status: 0, sockets: [] });
    },
    livenessMs,
  );

  it(
    'exits within 2 seconds if the kubelet has stopped reading',
    async () => {
      configure(1, 200_000);
      const program = start();
      await node.reach('rdma/hca_0', 200_000);
      node.kubelet.setReading('rdma/hca_0', false);
      for (let changes = 2; changes <= 6; changes += 2) {
        plug();
        await until(() => offersLogged(program) === changes);
        plug('mlx5_0');
        await until(() => offersLogged(program) === changes + 1);
      }
      const since = performance.now();
      const { status } = await program.end();
      expect(performance.now() - since).toBeLessThan(2_000);
      expect(status).toBe(0);
      // Lists of 200,000 shares take long on a busy machine.
    },
    3 * livenessMs,
  );

  it(
    'reloads its settings on SIGHUP, and keeps the previous ones if the new ones are invalid',
    async () => {
      configure(1);
      const program = start();
      await node.reach('rdma/hca_0', 4);
      configure(2, 6);
      program.send('SIGHUP');
      await node.reach('rdma/hca_0', 6);
      await node.reach('rdma/hca_1', 6);
      put('config.json', '{"configList": [');
      program.send('SIGHUP');
      await until(() => program.log.includes('new settings rejected'));
      expect((await node.kubelet.devices('rdma/hca_1'))?.healthy).toHaveLength(6);
      configure(1, 2);
      program.send('SIGHUP');
      await node.until(
        'the valid settings are applied',
        async () => (await node.kubelet.devices('rdma/hca_0'))?.healthy.length === 2,
      );
      const { status } = await program.end();
      expect(status).toBe(0);
    },
    livenessMs,
  );

  it(
    'follows fake HCAs that are added to and removed from their file',
    async () => {
      configure(1);
      start();
      await node.reach('rdma/hca_0', 4);
      plug();
      await node.reach('rdma/hca_0', 0);
      plug('mlx5_0', 'mlx5_1');
      await node.reach('rdma/hca_0', 4);
      const admission = await node.kubelet.admit({
        namespace: 't',
        name: 'p',
        containers: [{ name: 'c', limits: { 'rdma/hca_0': 1 } }],
      });
      const granted = admission.admitted ? admission.containers[0]?.deviceNodes.map(({ hostPath }) => hostPath) : [];
      expect(granted).toEqual(expect.arrayContaining(['/dev/infiniband/uverbs0', '/dev/infiniband/uverbs1']));
    },
    livenessMs,
  );

  it(
    'grants the same id to the same pod after it was killed and restarted',
    async () => {
      configure(1);
      const killed = start();
      await node.reach('rdma/hca_0', 4);
      const pod = { namespace: 't', name: 'p', containers: [{ name: 'c', limits: { 'rdma/hca_0': 1 } }] };
      const before = await node.kubelet.admit(pod);
      await killed.end('SIGKILL');
      expect(node.sockets()).toHaveLength(1);
      start();
      await node.until(
        'all shares are back on one socket',
        async () => node.sockets().length === 1 && (await node.kubelet.devices('rdma/hca_0'))?.healthy.length === 4,
      );
      expect(await node.kubelet.admit(pod)).toEqual(before);
    },
    livenessMs,
  );

  it(
    'writes JSON lines to its log with --log-format json',
    async () => {
      configure(1);
      const program = start({ RDMA_DP_LOG_FORMAT: 'json' });
      await node.reach('rdma/hca_0', 4);
      const { err } = await program.end();
      const messages = err
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { message: string }).message);
      expect(messages).toEqual(
        expect.arrayContaining(['shares offered', 'started', 'registered with kubelet', 'stopping']),
      );
    },
    livenessMs,
  );
});

describe('the commands of the program', () => {
  it(
    'demo exits with code 0 and leaves nothing behind',
    async () => {
      const { status, out } = await runProgram(['demo']);
      expect(status).toBe(0);
      for (const said of [
        'registered; the first list arrived',
        'uverbs0 (rwm)',
        'unplugged',
        'plugged in again',
        'killed and restarted',
        'holds the same share',
        'sockets left behind: 0',
      ]) {
        expect(out).toContain(said);
      }
      const [directory = ''] = /\/\S*rdma-demo-\w+/.exec(out) ?? [];
      expect(directory).not.toBe('');
      expect(existsSync(directory)).toBe(false);
    },
    livenessMs,
  );

  it(
    'version prints a line in the format of upstream, or JSON',
    async () => {
      const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
        version: string;
      };
      expect((await runProgram(['-version'])).out).toMatch(
        new RegExp(`^rdma-shared-dp version:${version}, commit:\\S+, date:.+\n$`),
      );
      expect(JSON.parse((await runProgram(['version', '-o', 'json'])).out)).toMatchObject({ version });
    },
    livenessMs,
  );

  it(
    'discover exits with code 1 and an error if its output cannot be written',
    () => {
      const full = openSync('/dev/full', 'w');
      const { status, stderr } = spawnSync(
        process.execPath,
        [programFile, 'discover', '--discovery', 'fake', '--fake-hcas', join(node.directory, 'hcas.yaml')],
        { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' },
      );
      closeSync(full);
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: expect.stringContaining('cannot write the output: ENOSPC'),
      });
    },
    livenessMs,
  );

  it.each(['table', 'wide', 'yaml'])(
    'discover -o %s shows the fake HCAs',
    async (format) => {
      const { status, out } = await runProgram([
        'discover',
        '-o',
        format,
        '--discovery',
        'fake',
        '--fake-hcas',
        join(node.directory, 'hcas.yaml'),
      ]);
      expect(status).toBe(0);
      expect(out).toContain('mlx5_0');
      expect(out).toContain('mlx5_core');
    },
    livenessMs,
  );
});
