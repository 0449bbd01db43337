// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { afterAll, describe, expect, it } from '@jest/globals';
import { SysfsHcaDiscovery } from '#adapters/discovery/sysfs/hca-discovery.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import { readSettings } from '#adapters/settings/read-settings.ts';
import type { Hca, Inventory } from '#domain/hca/hca.ts';
import { plan } from '#domain/offer/plan.ts';
import { proposeResources } from '#domain/proposal/propose.ts';
import { initialSettings } from '../../src/commands/init.ts';
import { anHca, anInventory, anyHcas } from '../support/hca-fixture.ts';
import { capturedHosts, removeHosts, unpackHost } from '../support/hosts-fixture.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

afterAll(removeHosts);

/** Returns the names of the HCAs that each resource of the settings offers. */
async function offered(inventory: Inventory): Promise<Readonly<Record<string, readonly string[]>>> {
  const reading = await readSettings('config.yaml', new TextEncoder().encode(initialSettings(inventory)));
  if (!reading.valid) throw new Error(reading.problems.map(({ message }) => message).join(' '));
  expect(reading.warnings).toEqual([]);
  const { offers } = plan(reading.settings, inventory);
  return Object.fromEntries(
    offers.map(({ resource, verdicts }) => [
      resource,
      verdicts.filter(({ selection }) => selection.selected).map(({ hca }) => hca),
    ]),
  );
}

const ib = { linkLayer: 'InfiniBand' };
function infiniband(index: number, change: Partial<Hca> = {}): Hca {
  const hca = anHca(index, change);
  return {
    ...hca,
    ports: hca.ports.map((port) => ({ ...port, ...ib })),
    netdevs: [{ name: `ib${index}`, linkType: 'infiniband', up: true }],
  };
}

describe('init', () => {
  it('proposes one resource for the rails of a node, and one for its bond', async () => {
    const bond = anHca(8, { name: 'mlx5_bond_0', netdevs: [{ name: 'bond0', linkType: 'ether', up: true }] });
    const rails = Array.from({ length: 8 }, (_, index) => infiniband(index));
    const inventory = anInventory([...rails, bond]);
    expect(await offered(inventory)).toEqual({
      'rdma/ib': rails.map(({ name }) => name),
      'rdma/roce_bond': ['mlx5_bond_0'],
    });
    expect(initialSettings(inventory)).toContain('  # mlx5_0 (0000:00:00.0, NUMA 0, 100 Gb/sec, ib0)\n');
  });

  it('separates vendors and virtual functions, and leaves out soft devices and what is for management', async () => {
    const pci = anHca(1).pci;
    if (pci === null) throw new Error('the HCA has no PCI function');
    const virtual = anHca(1, { pci: { ...pci, functionKind: 'vf', physicalFunction: '0000:00:00.0' } });
    const broadcom = anHca(2, {
      name: 'bnxt_re0',
      driver: 'bnxt_en',
      pci: { ...pci, address: '0000:02:00.0', vendor: '14e4' },
    });
    const soft = anHca(3, { name: 'rxe0', pci: null, driver: null, rdmaDriver: 'rdma_rxe' });
    const management = anHca(4, { managementOnly: true });
    const inventory = anInventory([anHca(0), virtual, broadcom, soft, management]);
    expect(await offered(inventory)).toEqual({
      'rdma/roce_bnxt_en': ['bnxt_re0'],
      'rdma/roce_mlx5_core': ['mlx5_0'],
      'rdma/roce_vf': ['mlx5_1'],
    });
    expect(initialSettings(inventory)).toMatch(/# Left out, as management or soft devices: rxe0 .*, mlx5_4 /);
  });

  it('gives an example on a node without HCAs', async () => {
    expect(await offered(anInventory([]))).toEqual({ 'rdma/hca': [] });
  });

  it.each(capturedHosts)('offers each HCA of %s once', async (host) => {
    const inventory = await new SysfsHcaDiscovery(new LinuxHost(await unpackHost(host), new SteppedClock())).scan();
    const names = Object.values(await offered({ ...inventory, netnsMode: 'shared' })).flat();
    expect(names.toSorted()).toEqual(inventory.hcas.map(({ name }) => name).toSorted());
  });

  it('proposes valid settings that select exactly what they say, whatever a node has', async () => {
    await fc.assert(
      fc.asyncProperty(anyHcas, async (hcas) => {
        const proposed = proposeResources(hcas).map(({ hcas: group }) => group.map(({ name }) => name));
        if (proposed.length === 0) return;
        const selected = Object.values(await offered(anInventory(hcas)));
        const sorted = (lists: readonly (readonly string[])[]): readonly string[] =>
          lists.map((one) => one.join()).toSorted();
        expect(sorted(selected)).toEqual(sorted(proposed));
      }),
    );
  });
});
