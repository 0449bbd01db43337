// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hcaDiscoveryContract } from '#src/testing/hca-discovery-contract.ts';
import { hcaHintsContract } from '#src/testing/hca-hints-contract.ts';
import { NodeFixture, livenessMs } from '../support/node-fixture.ts';
import { until } from '../support/until.ts';
import { ProgramFixture, runProgram } from '../support/program-fixture.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'rdma-example-'));
const example = join(directory, 'acme');
const adapter = join(example, 'acme-rnic-discovery.js');
const hostRoot = join(directory, 'host');

interface Card {
  readonly name: string;
  readonly slot: string;
}

/** Copies the example out of this tree, and installs the package for adapters there as `npm pack` packs it. */
beforeAll(() => {
  cpSync(join(root, 'examples/vendor-adapter'), example, { recursive: true });
  const installed = join(example, 'node_modules/rdma-shared-device-plugin');
  mkdirSync(installed, { recursive: true });
  unpackInto(installed);
  for (const folder of ['dev/infiniband', 'sys/class/infiniband', 'run/acme-rnic'])
    mkdirSync(join(hostRoot, folder), { recursive: true });
  for (const node of ['uverbs7', 'umad7', 'rdma_cm']) writeFileSync(join(hostRoot, 'dev/infiniband', node), '');
  listCards({ name: 'acme_0', slot: '0000:81:00.0' });
}, 2 * livenessMs);
afterAll(() => rmSync(directory, { recursive: true }));

function unpackInto(target: string): void {
  const packed = spawnSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', directory], {
    cwd: join(root, 'dist/api'),
    encoding: 'utf8',
    timeout: livenessMs,
  });
  const [{ filename }] = JSON.parse(packed.stdout) as readonly [{ readonly filename: string }];
  const { status, stderr } = spawnSync(
    'tar',
    ['-xzf', join(directory, filename), '-C', target, '--strip-components=1'],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
}

function listCards(...cards: readonly Card[]): void {
  const fullCards = cards.map((card) => ({ ...card, numa: 1, index: 7, netdev: 'acme0', link: 'up' }));
  writeFileSync(join(hostRoot, 'run/acme-rnic/cards.json'), JSON.stringify({ cards: fullCards }));
}

function run(...words: readonly string[]): { readonly status: number | null; readonly out: string } {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODE_')));
  const { status, stdout, stderr } = spawnSync(process.execPath, [...words], {
    cwd: example,
    encoding: 'utf8',
    env,
    timeout: livenessMs,
  });
  return { status, out: stdout + stderr };
}

async function discover(
  modules: readonly string[],
  more: readonly string[] = [],
): Promise<{ readonly names: readonly string[]; readonly codes: readonly string[]; readonly out: string }> {
  const words = modules.flatMap((module) => ['--discovery-module', module]);
  const { status, out, err } = await runProgram(['discover', '-o', 'json', '--host-root', hostRoot, ...words, ...more]);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  const { hcas, problems } = JSON.parse(out) as {
    readonly hcas: readonly Card[];
    readonly problems: readonly { readonly code: string }[];
  };
  return { names: hcas.map(({ name }) => name), codes: problems.map(({ code }) => code), out };
}

describe('the example of a third-party adapter', () => {
  it(
    'passes the contract suite of the package',
    () => {
      const { status, out } = run('--test', 'test/contract.test.js');
      const cases = hcaDiscoveryContract.length + hcaHintsContract.length;
      expect(out).toMatch(new RegExp(`^(# |ℹ )pass ${cases}$`, 'm'));
      expect(status).toBe(0);
    },
    2 * livenessMs,
  );

  it(
    'type-checks against the types of the package',
    () => {
      symlinkSync(join(root, 'node_modules/@types'), join(example, 'node_modules/@types'));
      expect(run(join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')).toEqual({ status: 0, out: '' });
    },
    2 * livenessMs,
  );

  it('needs a package without dependencies', () => {
    const manifest: unknown = JSON.parse(
      readFileSync(join(example, 'node_modules/rdma-shared-device-plugin/package.json'), 'utf8'),
    );
    expect(manifest).not.toHaveProperty('dependencies');
    const code = [
      "await import('rdma-shared-device-plugin/discovery')",
      "await import('rdma-shared-device-plugin/testing')",
    ];
    expect(run('--input-type=module', '--eval', code.join(';'))).toEqual({ status: 0, out: '' });
  });

  it(
    'is described by a page whose code type-checks',
    () => {
      const page = readFileSync(join(root, 'docs/adding-a-vendor.md'), 'utf8');
      const blocks = [...page.matchAll(/```js\n([^]*?)```/g)].map(([, code = '']) => code);
      expect(blocks.length).toBeGreaterThan(0);
      for (const [index, code] of blocks.entries()) writeFileSync(join(example, `page-${index}.js`), code);
      expect(run(join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')).toEqual({ status: 0, out: '' });
    },
    2 * livenessMs,
  );

  it(
    'has its HCAs listed by discover',
    async () => {
      expect(await discover([adapter])).toMatchObject({ names: ['acme_0'], codes: [] });
    },
    livenessMs,
  );

  it(
    'has its HCAs registered, granted and followed by the plugin, next to a module that blocks its thread',
    async () => {
      const node = new NodeFixture();
      await node.kubelet.start();
      const config = join(directory, 'config.json');
      writeFileSync(
        config,
        JSON.stringify({
          configList: [{ resourceName: 'acme', rdmaHcaMax: 3, selectors: { drivers: ['acme_rnic'] } }],
        }),
      );
      const { devicePlugins } = node.directories;
      const spinning = join(directory, 'spinning.mjs');
      writeFileSync(spinning, 'for (;;);');
      const words = [
        '--config-file',
        config,
        '--host-root',
        hostRoot,
        '--device-plugins-dir',
        devicePlugins,
        '--registration',
        'device-plugins',
      ];
      const program = new ProgramFixture(words, { RDMA_DP_DISCOVERY_MODULE: `${spinning},${adapter}` });
      node.onClose(async () => void (await program.end('SIGKILL')));
      try {
        await node.reach('rdma/acme', 3);
        const admission = await node.kubelet.admit({
          namespace: 't',
          name: 'p',
          containers: [{ name: 'c', limits: { 'rdma/acme': 1 } }],
        });
        const granted = admission.admitted ? admission.containers[0]?.deviceNodes.map(({ hostPath }) => hostPath) : [];
        expect(granted).toEqual(expect.arrayContaining(['/dev/infiniband/uverbs7', '/dev/infiniband/rdma_cm']));
        listCards();
        await node.reach('rdma/acme', 0);
        listCards({ name: 'acme_0', slot: '0000:81:00.0' });
        await node.reach('rdma/acme', 3);
        await until(() => program.log.includes(`Discovery module ${spinning} has not answered within 2 s`));
        expect((await program.end()).status).toBe(0);
      } finally {
        await node.close();
      }
    },
    2 * livenessMs,
  );

  it.each([
    ['does not exist', '', 'DISCOVERY_MODULE_NOT_LOADED'],
    ['throws when it is imported', 'throw new Error("no licence")', 'DISCOVERY_MODULE_NOT_LOADED'],
    ['exports no factory', 'export const x = 1', 'DISCOVERY_MODULE_NOT_LOADED'],
    [
      'throws in its factory',
      'export function createDiscovery() { throw new Error("no device") }',
      'DISCOVERY_MODULE_FAILED',
    ],
    [
      'throws in its scan',
      'export const createDiscovery = () => ({ discovery: { scan: () => { throw null } } })',
      'DISCOVERY_MODULE_FAILED',
    ],
    [
      'throws outside any call',
      'export const createDiscovery = () => ({ discovery: { scan: () => new Promise(() => setTimeout(() => { throw new Error("late") }, 1)) } })',
      'DISCOVERY_MODULE_FAILED',
    ],
    ['ends the process', 'export const createDiscovery = () => process.exit(3)', 'DISCOVERY_MODULE_FAILED'],
    [
      'reports an invalid inventory',
      'export const createDiscovery = () => ({ discovery: { scan: async () => ({ hcas: [{ name: 5 }] }) } })',
      'DISCOVERY_MODULE_INVALID_INVENTORY',
    ],
    [
      'reports a value that JSON cannot express',
      'export const createDiscovery = () => ({ discovery: { scan: async () => ({ hcas: 5n }) } })',
      'DISCOVERY_MODULE_FAILED',
    ],
    [
      'never responds',
      'export const createDiscovery = () => ({ discovery: { scan: () => new Promise(() => {}) } })',
      'DISCOVERY_MODULE_TIMEOUT',
    ],
    ['never yields', 'export const createDiscovery = () => { for (;;); }', 'DISCOVERY_MODULE_TIMEOUT'],
    ['never finishes loading', 'await new Promise(() => setInterval(() => {}, 1000))', 'DISCOVERY_MODULE_TIMEOUT'],
  ])(
    'is still discovered next to a module that %s, whose problem names the module',
    async (_, code, problem) => {
      const bad = join(directory, `bad-${problem.toLowerCase()}.mjs`);
      rmSync(bad, { force: true });
      if (code !== '') writeFileSync(bad, code);
      const { names, codes, out } = await discover([bad, adapter]);
      expect({ names, codes }).toEqual({ names: ['acme_0'], codes: [problem] });
      expect(out).toContain(bad);
    },
    livenessMs,
  );

  it(
    'loses a duplicate HCA to the adapter that takes precedence, and reports the duplicate',
    async () => {
      writeFileSync(join(directory, 'hcas.yaml'), 'hcas: [{ name: mlx5_0, pciAddress: "0000:81:00.0" }]\n');
      const { names, codes, out } = await discover(
        [adapter],
        ['--discovery', 'fake', '--fake-hcas', join(directory, 'hcas.yaml')],
      );
      expect({ names, codes }).toEqual({ names: ['mlx5_0'], codes: ['HCA_DUPLICATE'] });
      expect(out).toContain('same PCI address 0000:81:00.0');
    },
    livenessMs,
  );
});
