// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from '@jest/globals';
import { DevExtraNodes } from '#adapters/discovery/sysfs/extra-nodes.ts';
import { SysfsHcaDiscovery } from '#adapters/discovery/sysfs/hca-discovery.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import { cdiSpecOf } from '#domain/grant/cdi-spec.ts';
import { granterOf } from '#domain/grant/grant.ts';
import type { Hca, Inventory } from '#domain/hca/hca.ts';
import type { Offer } from '#domain/offer/offer.ts';
import { plan } from '#domain/offer/plan.ts';
import type { ResourceSettings, Settings } from '#domain/settings/settings.ts';
import { readSettings } from '../adapters/settings/read-settings.ts';
import { SteppedClock } from '../support/stepped-clock.ts';
import { SysfsTree } from '../support/sysfs-tree.ts';
import { families } from './families.ts';
import type { ExpectedHca, FamilyHost } from './family.ts';
import { sharesOf } from '../support/share-list.ts';

const trees: SysfsTree[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) tree.destroy();
});

/** Creates the host as a tree of files under a temporary root. */
function build(host: FamilyHost): LinuxHost {
  const tree = new SysfsTree();
  trees.push(tree);
  for (const hca of host.hcas) tree.addHca(hca);
  for (const netdev of host.netdevs ?? []) tree.addNetdev(netdev, netdev.at);
  for (const [path, target] of Object.entries(host.links ?? {})) tree.link(path, target);
  for (const path of host.extraNodes ?? []) tree.write(path.slice(1), '');
  if (host.rdmaCm === false) for (const path of ['sys/class/misc/rdma_cm', 'dev/infiniband/rdma_cm']) tree.remove(path);
  return new LinuxHost(tree.root, new SteppedClock());
}

async function scan(host: LinuxHost): Promise<Inventory> {
  return await new SysfsHcaDiscovery(host).scan();
}

/** Returns the found HCA in the form of the expected one. */
function essence(hca: Hca): ExpectedHca {
  const { pci } = hca;
  return {
    name: hca.name,
    drivers: `${hca.driver ?? '-'} ${hca.rdmaDriver ?? '-'}`,
    pci: pci === null ? null : `${pci.address} ${pci.vendor}:${pci.deviceId} ${pci.functionKind}`,
    numaNode: hca.numaNode,
    nodeType: hca.nodeType ?? '-',
    ports: hca.ports.map((port) => `${port.number} ${port.linkLayer} ${port.netdevs.join(',')}`.trim()),
    netdevs: hca.netdevs.map((netdev) => `${netdev.name} ${netdev.linkType}`),
    nodes: hca.deviceNodes.map(({ path }) => path.replace('/dev/infiniband/', '')),
  };
}

async function settingsOf(resource: string): Promise<Settings> {
  const reading = await readSettings(`{"configList": [${resource}]}`);
  if (!reading.valid) throw new Error(`these settings are rejected: ${JSON.stringify(reading.problems)}`);
  expect(reading.warnings).toEqual([]);
  return reading.settings;
}

async function offerOf(
  host: FamilyHost,
  change: (resource: ResourceSettings) => ResourceSettings = (unchanged) => unchanged,
): Promise<Offer> {
  const linux = build(host);
  const settings = await settingsOf(host.resource);
  const resources = settings.resources.map(change);
  const extraNodes = await new DevExtraNodes(linux).find(resources.flatMap(({ deviceNodes }) => deviceNodes.extra));
  const [offer] = plan({ ...settings, resources }, { ...(await scan(linux)), extraNodes }).offers;
  if (offer === undefined) throw new Error('the plan has no offer');
  return offer;
}

const hosts = families.flatMap((family) =>
  family.hosts.map((host) => ({ title: `${family.name}: ${host.title}`, host })),
);

describe('the families of RDMA hardware', () => {
  it('number nineteen, with a unique title for every host', () => {
    expect(families).toHaveLength(19);
    expect(new Set(hosts.map(({ title }) => title)).size).toBe(hosts.length);
  });
});

describe.each(hosts)('$title', ({ host }) => {
  it('is discovered as the kernel describes it', async () => {
    const { hcas, problems } = await scan(build(host));
    expect(hcas.map(essence)).toEqual(host.found);
    expect(problems).toEqual([]);
  });

  it('is offered with typical settings, and a container gets its nodes', async () => {
    const offer = await offerOf(host);
    const healthy = sharesOf(offer).filter((share) => share.healthy);
    expect([offer.hcas.map(({ name }) => name), healthy.length]).toEqual([host.offer.hcas, host.offer.shares]);
    const result = granterOf(offer, 'device-nodes')([healthy[0]?.id ?? '']);
    expect(result.granted && result.grant.deviceNodes.map(({ path }) => path.replace('/dev/', ''))).toEqual(
      host.offer.nodes,
    );
    expect(new Set(sharesOf(offer).map((share) => share.id)).size).toBe(sharesOf(offer).length);
  });

  it('grants the same nodes with CDI', async () => {
    const offer = await offerOf(host);
    const spec = cdiSpecOf(offer);
    const result = granterOf(offer, 'cdi')([sharesOf(offer).find((share) => share.healthy)?.id ?? '']);
    const named = result.granted ? result.grant.cdiDevices : [];
    const devices = spec.devices.filter(({ name }) => named.includes(`${spec.kind}=${name}`));
    expect(devices).toHaveLength(named.length);
    expect(
      new Set(devices.flatMap(({ deviceNodes }) => deviceNodes.map(({ path }) => path.replace('/dev/', '')))),
    ).toEqual(new Set(host.offer.nodes));
  });

  it("is offered or excluded under upstream's required device nodes as it is with upstream", async () => {
    const offer = await offerOf(host, (resource) => ({
      ...resource,
      deviceNodes: { ...resource.deviceNodes, required: ['uverbs', 'umad', 'rdma_cm'] },
    }));
    expect(offer.hcas.map(({ name }) => name)).toEqual(host.strict);
  });
});
