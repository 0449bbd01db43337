// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { DevExtraNodes } from '#adapters/discovery/sysfs/extra-nodes.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';
import { SysfsTree } from '../../../support/sysfs-tree.ts';

it('DevExtraNodes finds neither directories nor links, because a link can lead to a disk', async () => {
  const tree = new SysfsTree();
  tree.write('dev/sda', '');
  tree.link('dev/hfi1_0', 'dev/sda');
  tree.write('dev/hfi1_1/inside', '');
  tree.write('dev/hfi1_2', '');
  const extraNodes = new DevExtraNodes(new LinuxHost(tree.root, new SteppedClock()));
  expect(await extraNodes.find(['/dev/hfi1_*'])).toEqual(['/dev/hfi1_2']);
  tree.destroy();
});

it('DevExtraNodes finds no plain files on a real host, because a container with one would not start', async () => {
  const folder = mkdtempSync('/dev/shm/rdma-extra-');
  writeFileSync(`${folder}/hfi1_0`, '');
  const extraNodes = new DevExtraNodes(new LinuxHost('/', new SteppedClock()));
  const found = await extraNodes.find([`${folder}/*`, '/dev/nul?', '/dev/zero']);
  rmSync(folder, { recursive: true });
  expect(found).toEqual(['/dev/null', '/dev/zero']);
});

it('DevExtraNodes follows no links in the directories of a pattern, and takes no names with control characters', async () => {
  const tree = new SysfsTree();
  tree.write('dev/real/deeper/x', '');
  tree.write('dev/plain', '');
  tree.write('dev/odd\u001b[2J', '');
  tree.link('dev/link', 'dev/real');
  tree.link('dev/real/link', 'dev/real/deeper');
  const extraNodes = new DevExtraNodes(new LinuxHost(tree.root, new SteppedClock()));
  const patterns = ['/dev/link/deeper/x', '/dev/real/link/*', '/dev/real/deeper/*', '/dev/plain/*', '/dev/odd*'];
  expect(await extraNodes.find(patterns)).toEqual(['/dev/real/deeper/x']);
  tree.destroy();
});
