// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { fixedDevicePlugins, kubeletDirectories } from '#adapters/kubelet/sockets/kubelet-directories.ts';

const machine = mkdtempSync(join(tmpdir(), 'rdma-kubelet-root-'));
afterAll(() => rmSync(machine, { recursive: true }));

/** Creates a directory in which these are mounted, and returns its path. */
function mounted(name: string, ...directories: readonly string[]): string {
  for (const directory of directories) mkdirSync(join(machine, name, directory), { recursive: true });
  return join(machine, name);
}

const usual = mounted('usual', 'device-plugins', 'plugins_registry');
const moved = mounted('moved', 'device-plugins', 'plugins_registry');
const absent = join(machine, 'absent');
const derived = { devicePlugins: null, pluginsRegistry: null };

describe('kubeletDirectories', () => {
  it('follows the root directory for the registry, whether it exists or not', () => {
    for (const [kubeletRoot, registry] of [
      [moved, join(moved, 'plugins_registry')],
      [`${moved}/`, join(moved, 'plugins_registry')],
      [absent, join(absent, 'plugins_registry')],
    ] as const)
      expect(kubeletDirectories({ ...derived, kubeletRoot }).pluginsRegistry).toBe(registry);
  });

  it.each([
    ['stays at its fixed place, if that is mounted', join(usual, 'device-plugins'), join(usual, 'device-plugins')],
    ['is that of the root directory, if only that is mounted', absent, join(moved, 'device-plugins')],
  ])('finds device-plugins: it %s', (_, fixed, expected) => {
    expect(kubeletDirectories({ ...derived, kubeletRoot: moved }, fixed).devicePlugins).toBe(expected);
  });

  it('waits for device-plugins at its fixed place, if neither is mounted', () => {
    expect(kubeletDirectories({ ...derived, kubeletRoot: absent }, join(machine, 'x')).devicePlugins).toBe(
      join(machine, 'x'),
    );
  });

  it('takes what is set, whatever is mounted', () => {
    const set = { devicePlugins: '/dp', pluginsRegistry: '/pr' };
    expect(kubeletDirectories({ ...set, kubeletRoot: moved }, absent)).toEqual(set);
  });

  it("has the kubelet's own places by default", () => {
    expect(kubeletDirectories({ ...derived, kubeletRoot: '/var/lib/kubelet' })).toEqual({
      devicePlugins: fixedDevicePlugins,
      pluginsRegistry: '/var/lib/kubelet/plugins_registry',
    });
  });
});
