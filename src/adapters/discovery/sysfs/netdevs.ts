// SPDX-License-Identifier: Apache-2.0
import { basename } from 'node:path';
import type { Netdev } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import type { HostRoot } from '#adapters/host/root.ts';
import { byName } from '../order.ts';
import { macOfGuid, parseNetdevName } from './attribute-parsers.ts';
import type { NetClass } from './net-class.ts';
import type { ParentDevice } from './pci/parent-device.ts';
import { type DriverAnswers, type DriverPort, isInfiniband } from './driver/answers.ts';
import { PortGuids } from './driver/port-guids.ts';
import { type GidTable, readGidTable } from './gid-table.ts';

/** The netdevs of an HCA, and the number of the port of each where it is known. */
export interface HcaNetdevs {
  readonly netdevs: readonly Netdev[];
  readonly portOf: ReadonlyMap<string, number>;
  /** The representors on the PCI function of the HCA that are not its own netdevs. */
  readonly representors: readonly string[];
}

/** The netdevs on the device of an HCA. */
interface DeviceNetdevs {
  readonly own: readonly string[];
  readonly representors: readonly string[];
}

/** A port with what its driver and its GID table say. */
export interface SysfsPort extends DriverPort {
  readonly gids: GidTable;
}

export interface HcaInSysfs {
  readonly directory: string;
  readonly parent: ParentDevice;
  readonly ports: readonly SysfsPort[];
  /** The node GUID of an RNIC; null for other HCAs. */
  readonly rnicGuid: string | null;
}

/** Finds the network interfaces that belong to an HCA. */
export class SysfsNetdevs {
  private readonly portGuids: PortGuids;

  constructor(
    private readonly root: HostRoot,
    private readonly netClass: NetClass,
    private readonly answers: ReadonlyMap<string, DriverAnswers>,
  ) {
    this.portGuids = new PortGuids(answers);
  }

  /**
   * Joins the evidence that a netdev belongs to an HCA, in the order of docs/selector-evidence.md: the `net` directory
   * of its own device, or rxe's `parent`; the gid tables of its ports; the port GUID in the address of IPoIB; the MAC
   * in the GUID of an RNIC without any of these; and `master`, from a netdev to its bond or bridge. A name that
   * `class/net` lacks is left out: the netdev is in another network namespace. An HCA without netdevs is normal.
   * Rejects with NoAnswer.
   */
  async of(hca: HcaInSysfs): Promise<HcaNetdevs> {
    const portOf = new Map(
      hca.ports.flatMap(({ number, gids }) =>
        gids.netdevs.filter((name) => !this.isOfAnotherHca(name, hca.parent)).map((name) => [name, number] as const),
      ),
    );
    await this.addIpoib(hca, portOf);
    const { own, representors } = await this.under(hca.parent);
    // Siblings decide nothing about a netdev that is the HCA's by its own ports.
    const needsSiblings = representors.length > 0 || own.some((name) => !portOf.has(name));
    const claimed = needsSiblings ? this.claimedBySiblings(hca) : new Set();
    const onDevice = [...this.softParent(hca.directory), ...own.filter((name) => !claimed.has(name))];
    for (const name of onDevice) this.assignPort(name, hca.ports, portOf);
    const names = new Set([...portOf.keys(), ...onDevice]);
    // siw and erdma derive their GUID from the MAC of the netdev that they use (addrconf_addr_eui48). Nothing else in
    // sysfs links the two.
    const mac = names.size > 0 || hca.rnicGuid === null ? null : macOfGuid(hca.rnicGuid);
    const paired = mac === null ? [] : await this.netClass.devicesWith(mac);
    for (const name of paired) this.assignPort(name, hca.ports, portOf);
    const all = this.withMasters([...names, ...paired], portOf);
    const netdevs = all.map((name) => this.netClass.find(name)).filter((netdev) => netdev !== null);
    return {
      netdevs: netdevs.toSorted(byName),
      portOf,
      // If several RDMA devices are on the function, nothing says which of them the other representors belong to.
      representors: claimed.size > 0 ? [] : representors.filter((name) => !names.has(name)).toSorted(compareNaturally),
    };
  }

  // The gid table also names netdevs in other network namespaces, such as the eth0 of a pod. The netdev of a function
  // without RDMA can be the HCA's: in RoCE LAG, and on PVRDMA. Soft devices use netdevs of any function.
  private isOfAnotherHca(name: string, { pciDirectory }: ParentDevice): boolean {
    const other = this.netClass.pciDirectoryOf(name);
    if (pciDirectory === null || other === null || other === pciDirectory) return false;
    return this.root.listNames(`${other}/infiniband`).length > 0;
  }

  // In switchdev mode older kernels give the representors an RDMA device of their own, on the function of the PF.
  private claimedBySiblings({ directory, parent }: HcaInSysfs): ReadonlySet<string> {
    if (parent.directory === null) return new Set();
    const folder = `${parent.directory}/infiniband`;
    const siblings = this.root.listNames(folder).filter((name) => name !== basename(directory));
    const tables = siblings.flatMap((name) => this.gidTablesOf(name, `${folder}/${name}`));
    return new Set(tables.flatMap(({ netdevs }) => netdevs));
  }

  private gidTablesOf(name: string, directory: string): readonly GidTable[] {
    const ports = this.answers.get(name)?.ports ?? [];
    return ports
      .filter((port) => !isInfiniband(port))
      .map(({ number }) => readGidTable(this.root, `${directory}/ports/${number}`));
  }

  private async addIpoib({ parent, ports }: HcaInSysfs, portOf: Map<string, number>): Promise<void> {
    for (const { guid, number } of ports) {
      if (guid === null) continue;
      for (const name of await this.netClass.ipoibOf(guid)) {
        const pciDirectory = this.netClass.pciDirectoryOf(name);
        const isOwn = pciDirectory === null ? this.portGuids.isUnique(guid) : pciDirectory === parent.pciDirectory;
        if (isOwn) portOf.set(name, number);
      }
    }
  }

  /** Adds the bonds and bridges over these netdevs, on the port of the first netdev below each. */
  private withMasters(names: readonly string[], portOf: Map<string, number>): readonly string[] {
    const all = new Set(names);
    for (const name of names) {
      const port = portOf.get(name);
      for (const master of this.netClass.mastersOf(name)) {
        all.add(master);
        if (port !== undefined && !portOf.has(master)) portOf.set(master, port);
      }
    }
    return [...all];
  }

  private softParent(hcaDirectory: string): readonly string[] {
    const path = `${hcaDirectory}/parent`;
    // Hardware has no such file, and a stat costs a fifth of a read that fails.
    const name = this.root.exists(path) ? parseNetdevName(this.root.readText(path)) : null;
    return name === null ? [] : [name];
  }

  /** Lists the nearest `net` directory from the parent device up to its PCI function. */
  private async under(parent: ParentDevice): Promise<DeviceNetdevs> {
    for (let place = parent.directory; place !== null; place = directoryAbove(place, parent.pciDirectory)) {
      const folder = `${place}/net`;
      const names = this.root.listNames(folder);
      if (names.length === 1) return { own: names, representors: [] };
      if (names.length > 1) return await this.withoutRepresentors(folder, names);
    }
    return { own: parent.pciDirectory === null ? [] : this.underVirtio(parent.pciDirectory), representors: [] };
  }

  // In switchdev mode the netdevs of the eSwitch's ports are next to the PF's own. They belong to other functions.
  private async withoutRepresentors(folder: string, names: readonly string[]): Promise<DeviceNetdevs> {
    const representors = await this.netClass.representors(folder, names);
    return { own: names.filter((name) => !representors.has(name)), representors: [...representors] };
  }

  private underVirtio(pciDirectory: string): readonly string[] {
    return this.root
      .listNames(pciDirectory)
      .filter((name) => /^virtio\d+$/.test(name))
      .flatMap((name) => this.root.listNames(`${pciDirectory}/${name}/net`));
  }

  private assignPort(name: string, ports: readonly SysfsPort[], portOf: Map<string, number>): void {
    const onlyPort = ports.length === 1 ? ports[0] : undefined;
    const number = portOf.get(name) ?? onlyPort?.number ?? this.netClass.portOf(name);
    if (ports.some((port) => port.number === number)) portOf.set(name, number);
  }
}

function directoryAbove(directory: string, pciDirectory: string | null): string | null {
  // The netdevs above a subfunction belong to its physical function, which is another HCA.
  const isSubfunction = /\.sf\.\d+$/.test(basename(directory));
  if (pciDirectory === null || directory === pciDirectory || isSubfunction) return null;
  const above = directory.slice(0, directory.lastIndexOf('/'));
  return above.length < pciDirectory.length ? null : above;
}
