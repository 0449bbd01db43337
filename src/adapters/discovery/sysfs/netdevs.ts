// SPDX-License-Identifier: Apache-2.0
import { basename } from 'node:path';
import type { Netdev } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import type { HostRoot } from '#adapters/host/host-root.ts';
import type { EventLoopYield } from './event-loop-yield.ts';
import {
  isRepresentorName,
  macOfGuid,
  parseCount,
  parseHexNumber,
  parseIpoibPortGuid,
  parseLinkType,
  parseMac,
  parseNetdevName,
  parseUp,
} from './attributes.ts';
import type { HcaParent } from './parent.ts';
import { readPorts, type SysfsPort } from './ports.ts';

/** The netdevs of an HCA, and the number of the port of each where it is known. */
export interface HcaNetdevs {
  readonly netdevs: readonly Netdev[];
  readonly portOf: ReadonlyMap<string, number>;
}

interface HcaPlace {
  readonly directory: string;
  readonly parent: HcaParent;
  readonly ports: readonly SysfsPort[];
  /** The node GUID of an RNIC; null for other HCAs. */
  readonly rnicGuid: string | null;
}

/** The network interfaces of a host, each read at most once. */
export class SysfsNetdevs {
  private readonly known = new Map<string, { readonly directory: string; readonly netdev: Netdev } | null>();
  private ipoib: Map<string, string[]> | null = null;
  private hardware: Map<string, string[]> | null = null;

  constructor(
    private readonly root: HostRoot,
    private readonly pace: EventLoopYield,
  ) {}

  /**
   * All ways that lead from an RDMA device to netdevs, joined: the ports' gid tables, rxe's `parent`, the hardware
   * address of IPoIB, the `net` directory of the parent device; for an RNIC that none of them leads from, its GUID. A name that `class/net` lacks is left out: the netdev is
   * in another network namespace. No netdev at all is normal.
   */
  async of(hca: HcaPlace): Promise<HcaNetdevs> {
    const portOf = this.namedByPorts(hca.ports);
    await this.addIpoib(hca.ports, portOf);
    const claimed = this.claimedBySiblings(hca);
    const onDevice = [...this.soft(hca.directory), ...this.below(hca.parent).filter((name) => !claimed.has(name))];
    for (const name of onDevice) this.assignPort(name, hca.ports, portOf);
    const known = new Set([...portOf.keys(), ...onDevice]);
    const paired = known.size > 0 || hca.rnicGuid === null ? [] : await this.pairedWith(hca.rnicGuid);
    for (const name of paired) this.assignPort(name, hca.ports, portOf);
    const netdevs = [...known, ...paired]
      .map((name) => this.find(name)?.netdev)
      .filter((netdev) => netdev !== undefined);
    return { netdevs: netdevs.toSorted((a, b) => compareNaturally(a.name, b.name)), portOf };
  }

  // In switchdev mode older kernels give the representors an RDMA device of their own, on the function of the PF.
  private claimedBySiblings({ directory, parent }: HcaPlace): ReadonlySet<string> {
    const folder = `${parent.device}/infiniband`;
    const siblings =
      parent.device === null ? [] : this.root.listNames(folder).filter((name) => name !== basename(directory));
    return new Set(
      siblings.flatMap((name) => readPorts(this.root, `${folder}/${name}`).flatMap((port) => port.gidNetdevs)),
    );
  }

  private namedByPorts(ports: readonly SysfsPort[]): Map<string, number> {
    return new Map(ports.flatMap((port) => port.gidNetdevs.map((name) => [name, port.number])));
  }

  private async addIpoib(ports: readonly SysfsPort[], portOf: Map<string, number>): Promise<void> {
    for (const port of ports) {
      if (port.guid === null) continue;
      this.ipoib ??= await this.readIpoib();
      for (const name of this.ipoib.get(port.guid) ?? []) portOf.set(name, port.number);
    }
  }

  // A node of Kubernetes may have thousands of veths, so this is read only when some port is InfiniBand.
  private async readIpoib(): Promise<Map<string, string[]>> {
    const byGuid = new Map<string, string[]>();
    for (const name of this.root.listNames(this.root.path('sys', 'class', 'net'))) {
      await this.pace.rest();
      const guid = this.ipoibGuid(name);
      if (guid !== null) byGuid.set(guid, [...(byGuid.get(guid) ?? []), name]);
    }
    return byGuid;
  }

  private ipoibGuid(name: string): string | null {
    const found = this.find(name);
    if (found === null || found.netdev.linkType !== 'infiniband') return null;
    return parseIpoibPortGuid(this.root.readText(`${found.directory}/address`));
  }

  // siw and erdma make their GUID of the MAC of the netdev on which they work (addrconf_addr_eui48), and sysfs ties them to it in no other way.
  private async pairedWith(guid: string): Promise<readonly string[]> {
    this.hardware ??= await this.readHardware();
    return this.hardware.get(macOfGuid(guid) ?? '') ?? [];
  }

  /** By MAC, the netdevs that stand on a device; VLANs, bridges and bonds have the MAC of another. */
  private async readHardware(): Promise<Map<string, string[]>> {
    const byMac = new Map<string, string[]>();
    for (const name of this.root.listNames(this.root.path('sys', 'class', 'net'))) {
      await this.pace.rest();
      const directory = this.root.follow(this.root.path('sys', 'class', 'net', name));
      if (directory === null || !this.root.exists(`${directory}/device`)) continue;
      const mac = parseMac(this.root.readText(`${directory}/address`));
      if (mac !== null) byMac.set(mac, [...(byMac.get(mac) ?? []), name]);
    }
    return byMac;
  }

  private soft(hcaDirectory: string): readonly string[] {
    const path = `${hcaDirectory}/parent`;
    // A look costs a fifth of a read that fails, and hardware has no such file.
    const name = this.root.exists(path) ? parseNetdevName(this.root.readText(path)) : null;
    return name === null ? [] : [name];
  }

  /** The nearest `net` directory from the parent device up to its PCI function. */
  private below(parent: HcaParent): readonly string[] {
    for (let directory = parent.device; directory !== null; directory = this.next(directory, parent.pciDirectory)) {
      const names = this.root.listNames(`${directory}/net`);
      if (names.length > 0)
        return names.length === 1 ? names : names.filter((name) => !this.isRepresentor(`${directory}/net/${name}`));
    }
    return parent.pciDirectory === null ? [] : this.belowVirtio(parent.pciDirectory);
  }

  // In switchdev mode the netdevs of the eSwitch's ports stand beside the PF's own; they are the ends of other functions.
  private isRepresentor(directory: string): boolean {
    return isRepresentorName(this.root.readText(`${directory}/phys_port_name`));
  }

  private next(directory: string, last: string | null): string | null {
    // Above a subfunction stand the netdevs of its physical function, which are another HCA's.
    if (last === null || directory === last || /\.sf\.\d+$/.test(basename(directory))) return null;
    const above = directory.slice(0, directory.lastIndexOf('/'));
    return above.length < last.length ? null : above;
  }

  private belowVirtio(pciDirectory: string): readonly string[] {
    return this.root
      .listNames(pciDirectory)
      .filter((name) => /^virtio\d+$/.test(name))
      .flatMap((name) => this.root.listNames(`${pciDirectory}/${name}/net`));
  }

  private assignPort(name: string, ports: readonly SysfsPort[], portOf: Map<string, number>): void {
    const only = ports.length === 1 ? ports[0] : undefined;
    const number = portOf.get(name) ?? only?.number ?? this.portByIndex(name);
    if (ports.some((port) => port.number === number)) portOf.set(name, number);
  }

  // Kernels before 3.15 have no dev_port, and IPoIB told its port by dev_id alone for years after.
  private portByIndex(name: string): number {
    const directory = this.find(name)?.directory;
    const devPort = directory === undefined ? null : parseCount(this.root.readText(`${directory}/dev_port`));
    if (devPort !== null && devPort > 0) return devPort + 1;
    const devId = directory === undefined ? null : parseHexNumber(this.root.readText(`${directory}/dev_id`));
    return (devId ?? devPort ?? -1) + 1;
  }

  private find(name: string): { readonly directory: string; readonly netdev: Netdev } | null {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const directory = this.root.follow(this.root.path('sys', 'class', 'net', name));
    const found = directory === null ? null : { directory, netdev: this.read(name, directory) };
    this.known.set(name, found);
    return found;
  }

  private read(name: string, directory: string): Netdev {
    return {
      name,
      linkType: parseLinkType(this.root.readText(`${directory}/type`)) ?? 'unknown',
      up: parseUp(this.root.readText(`${directory}/flags`)),
    };
  }
}
