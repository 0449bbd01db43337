// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NodeFixture, livenessMs } from '../support/node-fixture.ts';
import { SysfsTree } from '../support/sysfs-tree.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const obstacle = findObstacle();
const describeIfPossible = obstacle === null ? describe : describe.skip;

describeIfPossible(`the file tree of the image${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'rdma-rootfs-'));
    execFileSync('sh', [join(repository, 'deploy/rootfs.sh'), process.execPath, join(repository, 'dist'), root]);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it.each(['rdma-shared-dp', 'k8s-rdma-shared-dp'])('runs the program as /bin/%s, without any other file', (name) => {
    const { status, stdout, stderr } = runInTree(root, `/bin/${name}`, '-version');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^rdma-shared-dp version:\d+\.\d+\.\d+, commit:\S+, date:\S+\n$/);
    expect(status).toBe(0);
  });

  it(
    'offers the HCAs of a host with nothing else around it',
    async () => {
      const host = new SysfsTree();
      host.addHca({ name: 'mlx5_0' });
      cpSync(host.root, join(root, 'host'), { recursive: true, verbatimSymlinks: true });
      host.destroy();
      writeFileSync(
        join(root, 'offer.json'),
        JSON.stringify({ configList: [{ resourceName: 'hca', rdmaHcaMax: 3, selectors: { vendors: ['15b3'] } }] }),
      );
      const node = new NodeFixture({
        devicePluginsDir: join(root, 'device-plugins'),
        pluginsRegistryDir: join(root, 'plugins_registry'),
      });
      await node.kubelet.start();
      const words = [
        '--config-file=/offer.json',
        '--host-root=/host',
        '--device-plugins-dir=/device-plugins',
        '--plugins-registry-dir=/plugins_registry',
        '--registration=device-plugins',
      ];
      const program = spawn('chroot', [root, '/bin/rdma-shared-dp', ...words], {
        stdio: 'ignore',
        env: { PATH: process.env['PATH'] },
      });
      node.onClose(async () => void program.kill('SIGKILL'));
      try {
        await node.reach('rdma/hca', 3);
        expect((await node.kubelet.devices('rdma/hca'))?.healthy).toHaveLength(3);
      } finally {
        await node.close();
      }
    },
    livenessMs,
  );

  it("accepts upstream's flags, and exits with code 1 and one error if the settings are empty", () => {
    mkdirSync(join(root, 'sys/class'), { recursive: true });
    writeFileSync(join(root, 'config.json'), '');
    const { status, stdout, stderr } = runInTree(
      root,
      '/bin/k8s-rdma-shared-dp',
      '--use-cdi',
      '-config-file',
      '/config.json',
    );
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.split('\n').filter((line) => line.includes(' ERROR '))).toEqual([
      expect.stringMatching(/\bERROR\b.*\/config\.json is empty.*CONFIG_FILE_EMPTY/),
    ]);
  });

  it('has two programs in /bin, and no shell anywhere', () => {
    expect(readdirSync(join(root, 'bin')).toSorted()).toEqual(['k8s-rdma-shared-dp', 'rdma-shared-dp']);
    const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((path) => path.split('/').at(-1));
    expect(names).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(sh|bash|dash|busybox|env|apt|dpkg|npm)$/)]),
    );
  });

  it('starts the program with the path of node, because it has no env to find it', () => {
    const [first] = readFileSync(join(root, 'bin/rdma-shared-dp'), 'utf8').split('\n');
    expect(first).toMatch(/^#!\/.*node$/);
  });
});

function runInTree(
  root: string,
  ...command: readonly string[]
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('chroot', [root, ...command], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
    timeout: 30_000,
  });
}

/** Returns why these tests cannot run on this machine, or null if they can. */
function findObstacle(): string | null {
  if (process.platform !== 'linux') return 'requires Linux';
  if (process.getuid?.() !== 0) return 'chroot requires root: run the tests as root';
  const missing = ['chroot', 'ldd', 'awk'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  return missing.length === 0 ? null : `not in PATH: ${missing.join(', ')}`;
}
