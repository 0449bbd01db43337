// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { socketName } from '#adapters/kubelet/sockets/socket-name.ts';
import { readSettings } from '#adapters/settings/read-settings.ts';
import { ProblemError, createProblem } from '#domain/problem/problem.ts';
import { settingsFor } from '#domain/settings/for-node.ts';
import { type DoctorParts, diagnose } from '#src/commands/doctor.ts';
import { anHca, anInventory } from '../support/hca-fixture.ts';

const table = { format: 'table', headers: true } as const;
const good = { configList: [{ resourceName: 'a', rdmaHcaMax: 4, selectors: { vendors: ['15b3'] } }] };

describe('doctor', () => {
  let root: string;
  let servers: Server[] = [];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'doctor-'));
    for (const name of ['device-plugins', 'plugins_registry', 'cdi']) mkdirSync(join(root, name));
  });
  afterEach(() => {
    for (const server of servers) server.close();
    servers = [];
    rmSync(root, { recursive: true });
  });

  async function listenOn(...path: readonly string[]): Promise<void> {
    const server = createServer();
    servers.push(server);
    await once(server.listen(join(root, ...path)), 'listening');
  }

  function partsWith(document: object, change: Partial<DoctorParts> = {}): DoctorParts {
    const read = async () => {
      const reading = await readSettings('settings.json', new TextEncoder().encode(JSON.stringify(document)));
      if (!reading.valid) return reading;
      const forNode = settingsFor(reading.settings, { name: null, labels: null });
      return { valid: true as const, warnings: reading.warnings, ...forNode };
    };
    return {
      settings: { read },
      discovery: { scan: async () => await Promise.resolve(anInventory([anHca(0)])) },
      extraNodes: null,
      injection: 'device-nodes',
      directories: { devicePlugins: join(root, 'device-plugins'), pluginsRegistry: join(root, 'plugins_registry') },
      podResourcesSocket: join(root, 'pod-resources.sock'),
      cdiDirectory: join(root, 'cdi'),
      hostRoot: root,
      ...change,
    };
  }

  it('finds nothing bad on a node where everything is there', async () => {
    await listenOn('device-plugins', 'kubelet.sock');
    await listenOn('device-plugins', socketName('rdma/a', 'instance', Math.random));
    await listenOn('pod-resources.sock');
    const { text, isGood } = await diagnose(partsWith(good), table, false);
    expect(isGood).toBe(true);
    expect(text).toContain('good     rdma/a has 4 of 4 shares healthy.\n');
    expect(text).toContain('good     This program serves 1 resource.\n');
    // Whether the limit of locked memory is enough depends on the machine.
    expect(text.replaceAll(/.*limit of locked memory[^]*?\n(?=\S|\n)/g, '')).not.toMatch(/^(warning|bad)/m);
    expect(text).toMatch(/\n\n\d good, (0 warnings|1 warning), 0 bad\n$/);
  });

  it('tells a socket that was left behind from one that is served', async () => {
    const name = socketName('rdma/a', 'instance', Math.random);
    await listenOn('device-plugins', 'kubelet.sock');
    const code = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['--eval', code, join(root, 'device-plugins', name)]);
    const { text } = await diagnose(partsWith(good), table, false);
    expect(text).toContain('warning  Nothing listens on');
    expect(text).toContain('warning  No socket of the device plugin is in use.');
  });

  it('reports invalid settings, and goes on with the host', async () => {
    const { text, isGood } = await diagnose(partsWith({ configList: [] }), table, false);
    expect(isGood).toBe(false);
    expect(text).toMatch(/^bad {6}settings\.json/);
    expect(text).toContain('good     mlx5_0');
  });

  it('reports a host that cannot be scanned, and goes on with the kubelet', async () => {
    const message = 'No sysfs.';
    const scan = async (): Promise<never> => {
      await Promise.resolve();
      throw new ProblemError([createProblem('HOST_ROOT_NO_SYSFS', { subject: '/', message, remedy: 'Mount it.' })]);
    };
    const { text, isGood } = await diagnose(partsWith(good, { discovery: { scan } }), table, false);
    expect(isGood).toBe(false);
    expect(text).toContain('bad      No sysfs.\n           Mount it.\n');
    expect(text).toContain('kubelet.sock does');
  });

  it('prints JSON for programs, and colors on a terminal only', async () => {
    writeFileSync(join(root, 'cdi', 'rdma-shared-dp.io-hca_a.json'), '{}');
    const { text } = await diagnose(partsWith(good), { ...table, format: 'json' }, true);
    const parsed: unknown = JSON.parse(text);
    const message = `${join(root, 'cdi')} is writable, and has 1 spec of this program.`;
    expect(parsed).toMatchObject({
      findings: expect.arrayContaining([{ area: 'cdi', grade: 'good', message, remedy: null }]),
    });
    expect((await diagnose(partsWith(good), table, true)).text).toContain('\u001B[32mgood\u001B[0m');
  });

  it('looks at the limits of the container runtime and at the cgroups', async () => {
    const put = (path: string, text: string): void => {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), text);
    };
    put('proc/7/comm', 'containerd\n');
    put('proc/7/limits', 'Max locked memory  8388608  8388608  bytes\n');
    put('proc/8/comm', 'crio\n');
    put('proc/8/limits', 'Max locked memory  unlimited  unlimited  bytes\n');
    put('proc/9/comm', 'bash\n');
    put('sys/fs/cgroup/cgroup.controllers', 'cpuset cpu io memory rdma misc\n');
    const text = (await diagnose(partsWith(good), table, false)).text.replaceAll(/\s+/g, ' ');
    expect(text).toContain('warning The limit of locked memory of containerd, and so of its containers, is 8 MiB.');
    expect(text).toContain('good The limit of locked memory of crio, and so of its containers, is unlimited.');
    expect(text).toContain('good Cgroups can limit the RDMA objects of a container.');
  });
});
