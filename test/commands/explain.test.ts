// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import type { Output } from '#adapters/cli/command.ts';
import { readSettings } from '#adapters/settings/read-settings.ts';
import { type ExplainedNode, formatExplanation } from '#src/commands/explain.ts';
import { settingsFor } from '#domain/settings/for-node.ts';
import { anHca, anInventory } from '../support/hca-fixture.ts';

const table = { format: 'table', headers: true } as const;
const wide = { rdmaHcaMax: 4, selectors: { vendors: ['15b3'] } };

/** A node with three HCAs: one is up, one is down, and one is of another vendor. */
const { pci } = anHca(2);
const hcas = [
  anHca(0),
  anHca(1, { ports: anHca(1).ports.map((port) => ({ ...port, state: 'DOWN', physState: 'Disabled' })) }),
  anHca(2, { pci: pci && { ...pci, vendor: '8086' } }),
];

function partsOf(configList: readonly object[], change: Partial<ExplainedNode> = {}): ExplainedNode {
  const read = async () => {
    const reading = await readSettings('settings.json', new TextEncoder().encode(JSON.stringify({ configList })));
    if (!reading.valid) return reading;
    return {
      valid: true as const,
      warnings: reading.warnings,
      ...settingsFor(reading.settings, { name: null, labels: null }),
    };
  };
  const discovery = { scan: async () => await Promise.resolve(anInventory(hcas)) };
  return { settings: { read }, discovery, extraNodes: null, injection: 'device-nodes', ...change };
}

async function explained(
  configList: readonly object[],
  target: string | null = null,
  output: Output = table,
): Promise<string> {
  return await formatExplanation(partsOf(configList), target, output);
}

describe('explain', () => {
  it('shows the shares of a pool, the HCAs that it leaves out, and what a share gives', async () => {
    expect(await explained([{ resourceName: 'a', ...wide, env: true }])).toMatchInlineSnapshot(`
     "rdma/a  4 of 4 shares healthy
       a share gives all HCAs; with "sharing: device", one HCA
       HCA     PCI ADDRESS   NUMA  SHARES  STATE
       mlx5_0  0000:00:00.0  0     all     healthy
       mlx5_1  0000:01:00.0  1     all     healthy
       Left out: mlx5_2 (expected vendors 15b3, found 8086)
       A share gives a container both HCAs:
         /dev/infiniband (rwm): uverbs0-1 umad0-1 rdma_cm
         NCCL_IB_HCA==mlx5_0:1,mlx5_1:1
         UCX_NET_DEVICES=mlx5_0:1,mlx5_1:1
         RDMA_SHARED_DP_RDMA_A_HCAS=mlx5_0,mlx5_1

     Not in any resource: mlx5_2
     "
    `);
  });

  it('shows the shares of each HCA, why one is unhealthy and what to do', async () => {
    const resource = {
      resourceName: 'a',
      ...wide,
      sharing: 'device',
      maxSharesPerContainer: 2,
      health: { linkDown: 'unhealthy' },
    };
    expect(await explained([resource])).toMatchInlineSnapshot(`
     "rdma/a  4 of 8 shares healthy
       a share gives one HCA; shares are spread over the HCAs; at most 2 for a
       container
       HCA     PCI ADDRESS   NUMA  SHARES  STATE
       mlx5_0  0000:00:00.0  0     4       healthy
       mlx5_1  0000:01:00.0  1     4       no port is up
       mlx5_1: Check the cable and the port of the switch, and that the network
       interface is up.
       Left out: mlx5_2 (expected vendors 15b3, found 8086)
       A share of mlx5_0 gives a container:
         /dev/infiniband (rwm): uverbs0 umad0 rdma_cm

     Not in any resource: mlx5_2
     "
    `);
  });

  it('says why a resource has no share, and what to do', async () => {
    expect(await explained([{ resourceName: 'a', ...wide, selectors: { drivers: ['bnxt_en'] } }]))
      .toMatchInlineSnapshot(`
     "rdma/a  no shares
       a share gives all HCAs
       No share is healthy: no HCA matches its selectors (mlx5_0, mlx5_1, mlx5_2:
       expected drivers bnxt_en, found mlx5_core and mlx5_ib).
         If these HCAs are meant, correct selectors.drivers (see "rdma-shared-dp
         discover -o wide"). If another HCA is meant, load its driver.

     Not in any resource: mlx5_0, mlx5_1 and mlx5_2
     "
    `);
  });

  it('says why a template makes no resource, even if the remedy is that of a resource', async () => {
    const drivers = { ...wide, selectors: { drivers: ['bnxt_en'] } };
    const text = await explained([
      { resourceName: 'a', ...drivers },
      { resourceNameTemplate: 'nic_{rdmaDevice}', ...drivers },
    ]);
    expect(text.match(/no HCA matches its selectors/g)).toHaveLength(2);
    expect(text).toContain('nic_{rdmaDevice} has no shares available');
  });

  it('shows how each resource judges one HCA', async () => {
    const other = { resourceName: 'b', ...wide, selectors: { vendors: ['8086'] } };
    expect(await explained([{ resourceName: 'a', ...wide }, other], 'mlx5_2')).toMatchInlineSnapshot(`
     "rdma/a
       not selected: expected vendors 15b3, found 8086

     rdma/b
       selected
       A share gives a container:
         /dev/infiniband (rwm): uverbs2 umad2 rdma_cm
     "
    `);
  });

  it('names every HCA that one resource leaves out', async () => {
    const text = await explained(
      [
        { resourceName: 'a', ...wide },
        { resourceName: 'b', ...wide },
      ],
      'a',
    );
    expect(text).toMatch(/^rdma\/a /);
    expect(text).not.toContain('rdma/b ');
    expect(text).toContain('Left out: mlx5_2 (expected vendors 15b3, found 8086)');
  });

  it('names CDI devices in place of device nodes', async () => {
    const text = await formatExplanation(partsOf([{ resourceName: 'a', ...wide }], { injection: 'cdi' }), null, table);
    expect(text).toContain('    rdma-shared-dp.io/hca_rdma_a=hca-mlx5_0');
    expect(text).not.toContain('/dev/infiniband');
  });

  it('says which resource the kubelet could not take, and offers the others', async () => {
    const text = await explained([
      { resourceName: 'a', ...wide },
      { resourceName: 'b', ...wide, rdmaHcaMax: 10_000_000 },
    ]);
    expect(text).toContain('rdma/a  4 of 4 shares healthy');
    expect(text).toContain('rdma/b  rejected');
  });

  it('prints names, JSON and YAML', async () => {
    const resource = { resourceName: 'a', ...wide };
    expect(await explained([resource], null, { ...table, format: 'name' })).toBe('rdma/a\n');
    const json: unknown = JSON.parse(await explained([resource], null, { ...table, format: 'json' }));
    expect(json).toMatchObject({
      resources: [
        {
          resource: 'rdma/a',
          sharing: 'pool',
          shares: { all: 4, healthy: 4 },
          hcas: [{ name: 'mlx5_0' }, { name: 'mlx5_1' }],
        },
      ],
      unselected: ['mlx5_2'],
    });
    expect(await explained([resource], 'mlx5_2', { ...table, format: 'yaml' })).toContain(
      'reason: expected vendors 15b3, found 8086',
    );
  });

  it('has no header on request, and more columns with -o wide', async () => {
    const text = await explained([{ resourceName: 'a', ...wide }], null, { format: 'wide', headers: false });
    expect(text).not.toContain('PCI ADDRESS');
    expect(text).toMatch(/mlx5_0 .* 1:ACTIVE /);
  });

  it('rejects a name that is neither a resource nor an HCA, and names both', async () => {
    await expect(explained([{ resourceName: 'a', ...wide }], 'mlx5_9')).rejects.toThrow(
      'mlx5_9 is neither a resource of the settings (rdma/a) nor an HCA of this node (mlx5_0, mlx5_1 and mlx5_2).',
    );
  });

  it('rejects invalid settings with all their problems', async () => {
    await expect(explained([{ resourceName: 'a' }])).rejects.toThrow('configList[0]');
  });
});
