// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SysfsHcaDiscovery } from '#adapters/discovery/sysfs/hca-discovery.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import type { Port } from '#domain/hca/hca.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';
import { SysfsTree, type TreePort } from '../../../support/sysfs-tree.ts';

let tree: SysfsTree;
beforeEach(() => {
  tree = new SysfsTree();
});
afterEach(() => tree.destroy());

/** Returns the ports of an HCA with these, on a function whose netdevs have no port of their own. */
async function portsWith(...ports: readonly Omit<TreePort, 'number'>[]): Promise<readonly Port[]> {
  const numbered = ports.map((port, index) => ({ ...port, number: index + 1 }));
  tree.addHca({ name: 'mlx5_0', ports: numbered, netdevs: [{ name: 'eth0' }, { name: 'eth1' }] });
  const { hcas } = await new SysfsHcaDiscovery(new LinuxHost(tree.root, new SteppedClock())).scan();
  return hcas[0]?.ports ?? [];
}

const linkLocal = 'fe80:0000:0000:0000:0e42:a1ff:fe65:8a00';
const ipv4 = '0000:0000:0000:0000:0000:ffff:c0a8:0105';

describe('The GID table of a port', () => {
  it.each([16, 17, 31, 112, 128, 256, 1024])(
    'has its %i entries counted, whether or not they are used',
    async (gidTableSize) => {
      const [port] = await portsWith({ gidTableSize, gidNetdevs: ['eth0', 'eth0'] });
      expect(port?.gidTableSize).toBe(gidTableSize);
    },
  );

  it.each<[string, TreePort]>([
    [
      'a captured host, which has the used entries only',
      { number: 1, gids: { 0: { gid: linkLocal }, 7: { gid: ipv4 } } },
    ],
    ['an InfiniBand port, whose table does not limit pods', { number: 1, linkLayer: 'InfiniBand', gidTableSize: 128 }],
    ['EFA', { number: 1, linkLayer: 'Unspecified', gidTableSize: 16 }],
  ])('has an unknown size on %s', async (_, port) => {
    expect((await portsWith(port))[0]).not.toHaveProperty('gidTableSize');
  });

  it('is read beyond the first entries if these are empty', async () => {
    const used = { 37: { gid: ipv4, netdev: 'eth1' }, 200: { gid: linkLocal, netdev: 'eth0' } };
    const [first, second] = await portsWith({ gidTableSize: 256, gids: used }, { gidTableSize: 256 });
    expect(first?.netdevs).toEqual(['eth0', 'eth1']);
    expect(second).toMatchObject({ netdevs: [], hasGid: false });
  });

  it('shows that the netdev of a port is in another network namespace', async () => {
    const inPod = { gidTableSize: 256, gids: { 1: { gid: linkLocal, netdev: 'net1' } } };
    expect(await portsWith(inPod, { gidTableSize: 256 })).toMatchObject([
      { netdevs: [], hasGid: true },
      { netdevs: [], hasGid: false },
    ]);
  });

  it('has no address if the prefix is all that an entry has', async () => {
    expect(await portsWith({ gids: { 0: { gid: 'fe80:0000:0000:0000:0000:0000:0000:0000' } } }, {})).toMatchObject([
      { hasGid: false },
      { hasGid: false },
    ]);
  });

  it('is not needed for a port with a netdev', async () => {
    expect((await portsWith({ gidNetdevs: ['eth0'] }))[0]).not.toHaveProperty('hasGid');
  });
});
