// SPDX-License-Identifier: Apache-2.0
import { chmodSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HostRoot } from '#adapters/host/root.ts';
import { SysfsNetdevLinks } from '#adapters/host/sysfs-netdev-links.ts';
import { SysfsTree } from '../../support/sysfs-tree.ts';

describe('SysfsNetdevLinks', () => {
  let tree: SysfsTree;
  let links: SysfsNetdevLinks;
  beforeEach(() => {
    tree = new SysfsTree();
    links = new SysfsNetdevLinks(new HostRoot(tree.root));
  });
  afterEach(() => tree.destroy());

  const flags = (): string => readFileSync(`${tree.root}/sys/devices/virtual/net/eth0/flags`, 'utf8').trim();

  it('sets IFF_UP and keeps the other flags', async () => {
    tree.addNetdev({ name: 'eth0', flags: '0x1802' }, 'virtual');
    await expect(links.raise('eth0')).resolves.toBeNull();
    expect(flags()).toBe('0x1803');
  });

  it('does not write the flags of an interface that is up', async () => {
    tree.addNetdev({ name: 'eth0', flags: '0x00001003' }, 'virtual');
    await expect(links.raise('eth0')).resolves.toBeNull();
    expect(flags()).toBe('0x00001003');
  });

  const unlessRoot = process.getuid?.() === 0 ? it.skip : it;
  unlessRoot('reports why it could not write the flags (skipped for root, which ignores file modes)', async () => {
    tree.addNetdev({ name: 'eth0', flags: '0x1002' }, 'virtual');
    chmodSync(`${tree.root}/sys/devices/virtual/net/eth0/flags`, 0o444);
    const problem = await links.raise('eth0');
    expect(problem).toMatchObject({ code: 'NETDEV_LINK_UP_FAILED', message: expect.stringMatching(/0x1003 .*EACCES/) });
    expect(flags()).toBe('0x1002');
  });

  it.each(['eth9', '..', '../../devices', ''])('reports that the host has no interface %j', async (name) => {
    await expect(links.raise(name)).resolves.toMatchObject({
      code: 'NETDEV_LINK_UP_FAILED',
      actor: 'node',
      subject: name,
    });
  });

  it('reports unreadable flags with a remedy', async () => {
    tree.addNetdev({ name: 'eth0', flags: 'nonsense' }, 'virtual');
    const problem = await links.raise('eth0');
    expect(problem?.message).toMatch(/eth0 .* flags could not be read/);
    expect(problem?.remedy).toMatch(/CAP_NET_ADMIN/);
  });
});
