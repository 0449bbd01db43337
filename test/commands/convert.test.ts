// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readSettings } from '#adapters/settings/read-settings.ts';
import { plan } from '#domain/offer/plan.ts';
import type { ClusterSettings } from '#domain/settings/settings.ts';
import { convertFile } from '../../src/commands/convert.ts';
import { anHca, anInventory } from '../support/hca-fixture.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'convert-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

async function convert(content: object | string, name = 'config.json'): Promise<string> {
  const path = join(directory, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return await convertFile(path, 'table');
}

async function settingsIn(name: string, text: string): Promise<ClusterSettings> {
  const reading = await readSettings(name, new TextEncoder().encode(text));
  if (!reading.valid) throw new Error(reading.problems.map(({ message }) => message).join(' '));
  return reading.settings;
}

async function problemOf(content: object | string): Promise<unknown> {
  return await convert(content).then(
    () => null,
    (error: unknown) => error,
  );
}

const upstream = {
  periodicUpdateInterval: 300,
  configList: [
    { resourceName: 'hca_shared_devices_a', rdmaHcaMax: 1000, devices: ['ib0', 'ib1'] },
    {
      ResourceName: 'hca_b',
      resourcePrefix: 'acme.com',
      rdmaHcaMax: 63,
      selectors: { vendors: ['15B3'], deviceIDs: [], drivers: null, linkTypes: ['ether'] },
      comment: 'nightly',
    },
  ],
};

describe('convert', () => {
  it("writes upstream's settings in the plainest form, with the differences as comments", async () => {
    const text = await convert(upstream);
    expect(text.replaceAll(/^#.*\n/gm, '')).toBe(`periodicUpdateInterval: 300
configList:
  - resourceName: hca_shared_devices_a
    rdmaHcaMax: 1000
    selectors:
      ifNames:
        - ib0
        - ib1
  - resourcePrefix: acme.com
    resourceName: hca_b
    rdmaHcaMax: 63
    selectors:
      vendors:
        - 15b3
      linkTypes:
        - ether
`);
    expect(text).toMatch(/^# What to know about these settings:\n# - /);
    expect(text).toContain('Upstream brings up the links');
    expect(text).toContain('comment');
  });

  it('makes settings that mean the same', async () => {
    const [before, after] = [JSON.stringify(upstream), await convert(upstream)];
    const inventory = anInventory([
      anHca(0),
      anHca(1, { netdevs: [{ name: 'ib1', linkType: 'infiniband', up: true }] }),
    ]);
    const [one, other] = await Promise.all([settingsIn('config.json', before), settingsIn('config.yaml', after)]);
    expect(other).toEqual(one);
    expect(plan(other, inventory).offers).toEqual(plan(one, inventory).offers);
  });

  it('keeps the keys of this program, and writes them all', async () => {
    const resource = {
      resourceNameTemplate: 'hca_{rdmaDevice}',
      rdmaHcaMax: 2,
      sharing: 'device',
      topology: true,
      allocationPolicy: 'pack',
      maxSharesPerContainer: 2,
      env: true,
      selectors: [{ vendors: ['15b3'], numaNodes: [0] }, { rdmaDevices: ['rxe*'] }],
      exclude: { ifNames: ['bond0'] },
      health: { linkDown: 'unhealthy', holdDownSeconds: 1, forgetAfterSeconds: 60 },
      deviceNodes: { required: ['uverbs'], optional: ['rdma_cm'], extra: ['/dev/gdrdrv'] },
    };
    const document = { setLinksUp: true, configList: [resource] };
    const one = await settingsIn('config.json', JSON.stringify(document));
    expect(await settingsIn('config.yaml', await convert(document))).toEqual(one);
  });

  it('finds the settings in a ConfigMap', async () => {
    const manifest = `kind: ConfigMap\ndata:\n  config.json: |\n    ${JSON.stringify(upstream)}\n`;
    expect(await convert(manifest, 'cm.yaml')).toContain('resourceName: hca_b');
  });

  it('converts what the SR-IOV plugin offers for RDMA, and says what it leaves out', async () => {
    const sriov = {
      resourceList: [
        {
          resourceName: 'cx5_rdma',
          resourcePrefix: 'mellanox.com',
          selectors: {
            vendors: ['15b3'],
            devices: ['1018'],
            isRdma: true,
            pfNames: ['ens1f0#0-3'],
            needVhostNet: true,
          },
        },
        { resourceName: 'dpdk', selectors: [{ vendors: ['8086'], drivers: ['vfio-pci'] }] },
        { resourceName: 'fpga', deviceType: 'accelerator', selectors: [{ vendors: ['8086'] }] },
        {
          resourceName: 'two',
          excludeTopology: true,
          selectors: [
            { isRdma: true, linkTypes: ['infiniband'] },
            { isRdma: true, rootDevices: ['0000:86:00.0'] },
          ],
        },
      ],
    };
    const text = await convert(sriov);
    const { resources } = await settingsIn('config.yaml', text);
    expect(resources).toMatchObject([
      {
        name: 'mellanox.com/cx5_rdma',
        rdmaHcaMax: 1,
        sharing: 'device',
        topology: true,
        env: true,
        selectors: [{ vendors: ['15b3'], deviceIDs: ['1018'], ifNames: ['ens1f0'] }],
      },
      { name: 'intel.com/two', topology: false, selectors: [{ linkTypes: ['infiniband'] }] },
    ]);
    const notes = text.replaceAll('\n#   ', ' ');
    for (const note of [
      'The SR-IOV plugin gives a pod a whole network device',
      'mellanox.com/cx5_rdma: ifNames selects the physical functions of pfNames, not their virtual functions',
      'mellanox.com/cx5_rdma: needVhostNet has no counterpart and is dropped.',
      'intel.com/dpdk is left out: its selectors do not ask for isRdma, so its devices are not for RDMA.',
      'intel.com/fpga is left out: devices of type accelerator are not network functions.',
      'intel.com/two: rootDevices 0000:86:00.0 is dropped',
    ])
      expect(notes).toContain(note);
  });

  it('prints the settings and the notes as data', async () => {
    const path = join(directory, 'config.json');
    writeFileSync(path, JSON.stringify(upstream));
    expect(JSON.parse(await convertFile(path, 'json'))).toMatchObject({
      settings: { periodicUpdateInterval: 300, configList: { length: 2 } },
      notes: expect.arrayContaining([expect.stringContaining('Upstream brings up the links')]),
    });
  });

  it.each([
    ['settings that are not valid', { configList: [{ resourceName: 'a b', rdmaHcaMax: -1 }] }, 'CONFIG_'],
    ['a list that is none', { resourceList: {} }, 'CONVERT_FORM_UNKNOWN'],
    [
      'settings that are for this program already',
      { ...upstream, nodes: [{ match: { names: ['n'] }, periodicUpdateInterval: 7 }] },
      'CONVERT_FORM_UNKNOWN',
    ],
    ['what is neither JSON nor YAML', '{"configList": [', 'CONFIG_'],
  ])('rejects %s', async (_case, content, code) => {
    expect(await problemOf(content)).toMatchObject({
      problems: expect.arrayContaining([expect.objectContaining({ code: expect.stringContaining(code) })]),
    });
  });
});
