// SPDX-License-Identifier: Apache-2.0
import type { Netdev } from '#domain/hca/hca.ts';
import type { HostRoot } from '#adapters/host/root.ts';
import {
  parseCount,
  parseHexNumber,
  parseIpoibPortGuid,
  parseLinkName,
  parseLinkType,
  parseMac,
  parseUp,
  pciFunctionAbove,
} from './attribute-parsers.ts';
import type { EventLoopYield } from './event-loop-yield.ts';

interface NetClassEntry {
  readonly directory: string;
  readonly netdev: Netdev;
}

/** A VLAN on a bond in a bridge has fewer. The limit ends a loop in a damaged tree. */
const maxMasters = 8;

type NamesByAddress = ReadonlyMap<string, readonly string[]>;

/** The interfaces in `/sys/class/net`. Each is read at most once, when it is first requested. */
export class NetClass {
  private readonly entries = new Map<string, NetClassEntry | null>();
  private ipoibByGuid: NamesByAddress | null = null;
  private devicesByMac: NamesByAddress | null = null;

  constructor(
    private readonly root: HostRoot,
    private readonly eventLoop: EventLoopYield,
  ) {}

  /** Returns null if the interface is in another network namespace or does not exist. */
  find(name: string): Netdev | null {
    return this.entry(name)?.netdev ?? null;
  }

  /** Returns the directory of the PCI function that the interface is on; null for virtual ones. */
  pciDirectoryOf(name: string): string | null {
    const directory = this.entry(name)?.directory;
    return directory === undefined ? null : pciFunctionAbove(directory);
  }

  /**
   * Returns the bond or bridge that the interface is in, and those above it, nearest first. Other masters, such as VRFs
   * and the one of Open vSwitch, have all interfaces of a host in them and identify none.
   */
  mastersOf(name: string): readonly string[] {
    const masters: string[] = [];
    for (let next = this.masterOf(name); next !== null && masters.length < maxMasters; next = this.masterOf(next))
      masters.push(next);
    return masters;
  }

  private masterOf(name: string): string | null {
    const directory = this.entry(name)?.directory;
    if (directory === undefined) return null;
    const link = `${directory}/master`;
    // Most interfaces have no master, and a stat costs a fifth of a read that fails.
    const master = this.root.exists(link) ? parseLinkName(this.root.linkTarget(link)) : null;
    return master !== null && this.isBondOrBridge(master) ? master : null;
  }

  private isBondOrBridge(name: string): boolean {
    const directory = this.directoryOf(name);
    return directory !== null && ['bonding', 'bridge'].some((kind) => this.root.isDirectory(`${directory}/${kind}`));
  }

  /** Returns the number of the port that the interface names as its own, from 1 on; 0 where it does not name one. */
  portOf(name: string): number {
    const directory = this.entry(name)?.directory;
    if (directory === undefined) return 0;
    // Kernels before 3.15 have no dev_port, and IPoIB set only dev_id for years after.
    const devPort = parseCount(this.root.readText(`${directory}/dev_port`));
    if (devPort !== null && devPort > 0) return devPort + 1;
    const devId = parseHexNumber(this.root.readText(`${directory}/dev_id`));
    return (devId ?? devPort ?? -1) + 1;
  }

  /** Returns the IPoIB interfaces of the port with this GUID of 16 digits. */
  async ipoibOf(portGuid: string): Promise<readonly string[]> {
    this.ipoibByGuid ??= await this.namesBy((name) => this.ipoibGuid(name));
    return this.ipoibByGuid.get(portGuid) ?? [];
  }

  /** Returns the interfaces on a device with this MAC. VLANs, bridges and bonds, which copy a MAC, are not included. */
  async devicesWith(mac: string): Promise<readonly string[]> {
    this.devicesByMac ??= await this.namesBy((name) => this.deviceMac(name));
    return this.devicesByMac.get(mac) ?? [];
  }

  // A Kubernetes node can have thousands of veths, so this runs only where an HCA needs it.
  private async namesBy(address: (name: string) => string | null): Promise<NamesByAddress> {
    const names = new Map<string, string[]>();
    for (const name of this.root.listNames(this.root.path('sys', 'class', 'net'))) {
      await this.eventLoop.maybeYield();
      const key = address(name);
      if (key !== null) names.set(key, [...(names.get(key) ?? []), name]);
    }
    return names;
  }

  private ipoibGuid(name: string): string | null {
    const entry = this.entry(name);
    if (entry === null || entry.netdev.linkType !== 'infiniband') return null;
    return parseIpoibPortGuid(this.root.readText(`${entry.directory}/address`));
  }

  private deviceMac(name: string): string | null {
    const directory = this.directoryOf(name);
    if (directory === null || !this.root.exists(`${directory}/device`)) return null;
    return parseMac(this.root.readText(`${directory}/address`));
  }

  private entry(name: string): NetClassEntry | null {
    const cached = this.entries.get(name);
    if (cached !== undefined) return cached;
    const directory = this.directoryOf(name);
    const entry = directory === null ? null : this.read(name, directory);
    this.entries.set(name, entry);
    return entry;
  }

  private directoryOf(name: string): string | null {
    return this.root.follow(this.root.path('sys', 'class', 'net', name));
  }

  private read(name: string, directory: string): NetClassEntry {
    const linkType = parseLinkType(this.root.readText(`${directory}/type`)) ?? 'unknown';
    return { directory, netdev: { name, linkType, up: parseUp(this.root.readText(`${directory}/flags`)) } };
  }
}
