// SPDX-License-Identifier: Apache-2.0
// Runs as its own process, because the scan at a start runs cold code. Arguments: the number of HCAs, the number of
// warm scans. Prints milliseconds as JSON. The floor reads every attribute file of the same tree once, by known path.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SysfsHcaDiscovery } from '#adapters/discovery/sysfs/hca-discovery.ts';
import { readLinkStates } from '#adapters/discovery/sysfs/driver/link-poll.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { SysfsTree } from '../test/support/sysfs-tree.ts';

const [hcas, warm] = process.argv.slice(2).map(Number);

function makeTree(count: number): SysfsTree {
  const tree = new SysfsTree();
  for (let number = 0; number < count; number += 1) {
    const guid = `0e42:a1ff:fe65:${(0x8a00 + number).toString(16)}`;
    const netdev = {
      name: `eth${number}`,
      address: `0c:42:a1:65:8a:${number.toString(16).padStart(2, '0')}`,
      devPort: 0,
      devId: '0x0',
    };
    tree.addHca({
      name: `mlx5_${number}`,
      number,
      kinds: ['uverbs', 'umad', 'issm'],
      ports: [{ number: 1, guid, gidNetdevs: [netdev.name] }],
      netdevs: [netdev],
    });
  }
  return tree;
}

function attributeFiles(root: string): readonly string[] {
  const entries = readdirSync(join(root, 'sys/devices'), { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function timed(work: () => unknown): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

async function samplesOf(work: () => unknown): Promise<{ readonly cold: number; readonly warm: readonly number[] }> {
  const cold = await timed(work);
  const times: number[] = [];
  for (let i = 0; i < (warm ?? 0); i += 1) times.push(await timed(work));
  return { cold, warm: times };
}

const tree = makeTree(hcas ?? 0);
try {
  const host = new LinuxHost(tree.root, new SystemClock());
  const discovery = new SysfsHcaDiscovery(host);
  const files = attributeFiles(tree.root);
  const program = await samplesOf(() => discovery.scan());
  const floor = await samplesOf(() => files.forEach((file) => readFileSync(file)));
  const states = files.filter((file) => file.endsWith('/state') && file.includes('/ports/'));
  const poll = await samplesOf(() => readLinkStates(host));
  const pollFloor = await samplesOf(() => states.forEach((file) => readFileSync(file)));
  const { hcas: found, problems } = await discovery.scan();
  process.stdout.write(
    JSON.stringify({
      program,
      floor,
      poll,
      pollFloor,
      states: states.length,
      files: files.length,
      found: found.length,
      problems: problems.length,
    }),
  );
} finally {
  tree.destroy();
}
