// SPDX-License-Identifier: Apache-2.0
import type { DeviceNode, Hca, Netdev, PciFunction, Port } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import { byKindAndPath, byName } from '../order.ts';
import type { FakeHcaSpec, FakeNodeSpec, FakePortSpec } from './hca-spec.ts';

/** The device numbers from the fake kernel: of the HCA's uverbs node, and of the umad and issm nodes of each port. */
export interface FakeNumbers {
  readonly hca: number;
  readonly mads: readonly number[];
}

/** The ports of a spec, by default one. */
export function fakePorts(spec: FakeHcaSpec): readonly FakePortSpec[] {
  return spec.ports ?? [{}];
}

/** Builds the HCA of a spec, with all its device nodes. */
export function buildFakeHca(spec: FakeHcaSpec, numbers: FakeNumbers): Hca {
  const ports = fakePorts(spec).map((port, index) => buildPort(spec, port, index, numbers));
  const pci = buildPci(spec, numbers.hca);
  const driver = spec.driver === undefined ? pci && 'mlx5_core' : spec.driver;
  return {
    name: spec.name,
    nodeType: 'CA',
    nodeGuid: spec.nodeGuid === undefined ? `0c42:a103:0065:${(0x8a00 + numbers.hca).toString(16)}` : spec.nodeGuid,
    firmware: null,
    board: null,
    pci,
    subfunction: spec.subfunction ?? null,
    managementOnly: spec.managementOnly ?? false,
    driver,
    rdmaDriver: spec.rdmaDriver === undefined ? (driver === 'mlx5_core' ? 'mlx5_ib' : null) : spec.rdmaDriver,
    numaNode: spec.numaNode === undefined ? pci && 0 : spec.numaNode,
    ports: ports.toSorted((a, b) => a.number - b.number),
    netdevs: buildNetdevs(spec, ports),
    deviceNodes: buildNodes(spec, ports, numbers),
  };
}

function buildPci(spec: FakeHcaSpec, number: number): PciFunction | null {
  const functionKind = spec.functionKind ?? 'pf';
  const address = spec.pciAddress === undefined ? defaultAddress(number, functionKind) : spec.pciAddress;
  if (address === null) return null;
  return {
    address,
    vendor: spec.vendor === undefined ? '15b3' : spec.vendor,
    deviceId: spec.deviceId === undefined ? defaultDeviceIds[functionKind] : spec.deviceId,
    classCode: '020000',
    functionKind,
    physicalFunction: functionKind === 'vf' ? address.replace(/[0-9a-f]{2}\.[0-7]$/i, '00.0') : null,
  };
}

const defaultDeviceIds = { pf: '101d', vf: '101e' } as const;

function defaultAddress(number: number, functionKind: 'pf' | 'vf'): string {
  const bus = (0x10 + (number % 0xe0)).toString(16);
  const domain = Math.floor(number / 0xe0).toString(16);
  return `${domain.padStart(4, '0')}:${bus}:00.${functionKind === 'vf' ? 1 : 0}`;
}

function buildPort(spec: FakeHcaSpec, port: FakePortSpec, index: number, numbers: FakeNumbers): Port {
  const number = port.number ?? index + 1;
  const state = port.state === undefined ? 'ACTIVE' : port.state;
  const linkLayer = port.linkLayer === undefined ? 'Ethernet' : port.linkLayer;
  const hcaNetdevs = fakePorts(spec).length === 1 ? spec.netdevs?.map((netdev) => netdev.name) : undefined;
  const netdevs =
    port.netdevs ?? hcaNetdevs ?? (spec.netdevs === undefined ? [defaultNetdev(linkLayer, numbers.hca, index)] : []);
  return {
    number,
    state,
    physState: state === 'DOWN' ? 'Disabled' : 'LinkUp',
    linkLayer,
    rate: '100 Gb/sec (4X EDR)',
    netdevs: netdevs.toSorted(compareNaturally),
  };
}

function defaultNetdev(linkLayer: string | null, hca: number, portIndex: number): string {
  const name = `${linkLayer === 'InfiniBand' ? 'ib' : 'eth'}${hca}`;
  return portIndex === 0 ? name : `${name}p${portIndex + 1}`;
}

function buildNetdevs(spec: FakeHcaSpec, ports: readonly Port[]): readonly Netdev[] {
  const netdevs = new Map<string, Netdev>();
  for (const port of ports) {
    for (const name of port.netdevs) netdevs.set(name, { name, linkType: linkTypeOf(port), up: true });
  }
  for (const { name, linkType, up } of spec.netdevs ?? []) {
    netdevs.set(name, {
      name,
      linkType: linkType ?? netdevs.get(name)?.linkType ?? 'ether',
      up: up === undefined ? true : up,
    });
  }
  return [...netdevs.values()].toSorted(byName);
}

function linkTypeOf(port: Port): string {
  return port.linkLayer === 'InfiniBand' ? 'infiniband' : 'ether';
}

function buildNodes(spec: FakeHcaSpec, ports: readonly Port[], numbers: FakeNumbers): readonly DeviceNode[] {
  const nodes = spec.deviceNodes ?? defaultNodes(spec, ports);
  return nodes
    .map((node) => ({
      kind: node.kind,
      path: node.path ?? defaultPath(node, ports, numbers),
      port: node.port ?? portOf(node, ports),
    }))
    .toSorted(byKindAndPath);
}

/** As of a current kernel: issm nodes for InfiniBand ports only. */
function defaultNodes(spec: FakeHcaSpec, ports: readonly Port[]): readonly FakeNodeSpec[] {
  const umads = ports.map((port) => ({ kind: 'umad' as const, port: port.number }));
  const issms = ports
    .filter((port) => port.linkLayer === 'InfiniBand')
    .map((port) => ({ kind: 'issm' as const, port: port.number }));
  const uverbs = spec.managementOnly === true ? [] : [{ kind: 'uverbs' as const }];
  return [...uverbs, ...umads, ...issms, { kind: 'rdma_cm' }];
}

function portOf(node: FakeNodeSpec, ports: readonly Port[]): number | null {
  return node.kind === 'umad' || node.kind === 'issm' ? (ports[0]?.number ?? null) : null;
}

function defaultPath(node: FakeNodeSpec, ports: readonly Port[], numbers: FakeNumbers): string {
  if (node.kind === 'rdma_cm') return '/dev/infiniband/rdma_cm';
  const perPort = portOf(node, ports) !== null;
  const index = Math.max(
    0,
    ports.findIndex((port) => port.number === node.port),
  );
  return `/dev/infiniband/${node.kind}${perPort ? (numbers.mads[index] ?? numbers.hca) : numbers.hca}`;
}
