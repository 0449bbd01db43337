// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { SysfsHcaDiscovery } from '#adapters/discovery/sysfs/hca-discovery.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import { plan } from '#domain/offer/plan.ts';
import { aResource, aSelector, settingsOf } from '../../support/hca-fixture.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';
import { SysfsTree, type TreeHca } from '../../support/sysfs-tree.ts';
import { sharesOf } from '../../support/share-list.ts';

const resource = aResource({ rdmaHcaMax: 2, sharing: 'device', selectors: [aSelector({ rdmaDevices: ['*'] })] });
const oneFunction = 'pci0000:00/0000:5e:00.0';

/** Two cards, two RDMA devices on one function, and a soft device. */
const host: readonly TreeHca[] = [
  { name: 'mlx5_0', number: 0, device: 'pci0000:00/0000:3b:00.0' },
  { name: 'mlx5_1', number: 1, device: 'pci0000:00/0000:3c:00.0' },
  { name: 'mlx5_2', number: 2, device: oneFunction, attributes: { node_guid: '0c42:a103:0065:8a02\n' } },
  { name: 'smi0', number: 3, device: oneFunction, attributes: { node_guid: '0c42:a103:0065:8a03\n' } },
  { name: 'rxe0', number: 4, device: null, attributes: { node_guid: '5054:00ff:fe00:0010\n' } },
];

/** Names as udev assigns them at boot. Drivers were loaded in another order, so nodes have other numbers too. */
const renamed: readonly TreeHca[] = host.map((hca, index) => ({ ...hca, name: `roce${9 - index}`, number: 4 - index }));

/** Returns the share ids of each HCA, in the order of the argument. */
async function idsOf(hcas: readonly TreeHca[]): Promise<readonly string[]> {
  const tree = new SysfsTree();
  try {
    for (const hca of hcas) tree.addHca(hca);
    const inventory = await new SysfsHcaDiscovery(new LinuxHost(tree.root, new SteppedClock())).scan();
    const [offer] = plan(settingsOf(resource), inventory).offers;
    expect(inventory.hcas).toHaveLength(hcas.length);
    return hcas.flatMap(
      ({ name }) =>
        sharesOf(offer)
          .filter((share) => share.hcas.includes(name))
          .map(({ id }) => id) ?? [],
    );
  } finally {
    tree.destroy();
  }
}

describe('ids of per-device shares', () => {
  it('stay the same after a boot that renames devices and nodes', async () => {
    const before = await idsOf(host);
    expect(new Set(before).size).toBe(2 * host.length);
    expect(await idsOf(renamed)).toEqual(before);
  });

  it('do not move to another device that takes over the name', async () => {
    const swapped = host.map((hca, index) => ({ ...hca, name: host[host.length - 1 - index]?.name ?? '' }));
    expect(await idsOf(swapped)).toEqual(await idsOf(host));
  });
});
