// SPDX-License-Identifier: Apache-2.0
import type { Netdev } from '#domain/hca/hca.ts';
import type { ReadAttribute } from '#adapters/host/attribute-file.ts';
import type { LinuxHost } from '#adapters/host/linux-host.ts';
import type { HostRoot } from '#adapters/host/root.ts';
import {
  isRepresentorName,
  parseCount,
  parseHexNumber,
  parseIpoibPortGuid,
  parseLinkName,
  parseLinkType,
  parseMac,
  parseNetdevName,
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

/** An attribute is still being read after the deadline. `path` is the path of the attribute. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  constructor(readonly path: string) {
    super(`${path} is still being read`);
  }
}

/**
 * The interfaces in `/sys/class/net`. Each is read at most once, when it is first requested. Some attributes wait for a
 * lock that the drivers of all interfaces take, possibly for as long as their firmware takes (net/core/net-sysfs.c):
 * `phys_port_name` for rtnl, `address` for dev_addr_sem. These are read as those of one device.
 */
export class NetClass {
  private readonly entries = new Map<string, NetClassEntry | null>();
  private ipoibByGuid: NamesByAddress | null = null;
  private devicesByMac: NamesByAddress | null = null;

  private readonly root: HostRoot;

  constructor(
    private readonly host: LinuxHost,
    private readonly eventLoop: EventLoopYield,
  ) {
    this.root = host.root;
  }

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

  /** Returns the IPoIB interfaces of the port with this GUID of 16 digits. Rejects with NoAnswer. */
  async ipoibOf(portGuid: string): Promise<readonly string[]> {
    this.ipoibByGuid ??= await this.ask((read) => this.namesBy((name) => this.ipoibGuid(name, read)));
    return this.ipoibByGuid.get(portGuid) ?? [];
  }

  /**
   * Returns the interfaces on a device with this MAC. VLANs, bridges and bonds, which copy a MAC, are not included.
   * Rejects with NoAnswer.
   */
  async devicesWith(mac: string): Promise<readonly string[]> {
    this.devicesByMac ??= await this.ask((read) => this.namesBy((name) => this.deviceMac(name, read)));
    return this.devicesByMac.get(mac) ?? [];
  }

  /** Returns which of the interfaces in the `net` directory of a device are representors. Rejects with NoAnswer. */
  async representors(directory: string, names: readonly string[]): Promise<ReadonlySet<string>> {
    return await this.ask(async (read) => {
      const found = new Set<string>();
      for (const name of names)
        if (isRepresentorName(await read(`${directory}/${name}/phys_port_name`))) found.add(name);
      return found;
    });
  }

  private async ask<T>(work: (read: ReadAttribute) => Promise<T>): Promise<T> {
    const answer = await this.host.drivers.ask('class/net', work);
    if (!answer.answered) throw new NoAnswer(answer.path);
    return answer.value;
  }

  // A Kubernetes node can have thousands of veths, so this runs only where an HCA needs it.
  private async namesBy(address: (name: string) => Promise<string | null>): Promise<NamesByAddress> {
    const names = new Map<string, string[]>();
    for (const name of this.root.listNames(this.root.path('sys', 'class', 'net'))) {
      await this.eventLoop.maybeYield();
      const key = await address(name);
      if (key !== null) names.set(key, [...(names.get(key) ?? []), name]);
    }
    return names;
  }

  private async ipoibGuid(name: string, read: ReadAttribute): Promise<string | null> {
    const entry = this.entry(name);
    if (entry === null || entry.netdev.linkType !== 'infiniband') return null;
    return parseIpoibPortGuid(await read(`${entry.directory}/address`));
  }

  private async deviceMac(name: string, read: ReadAttribute): Promise<string | null> {
    const directory = this.directoryOf(name);
    if (directory === null || !this.root.exists(`${directory}/device`)) return null;
    return parseMac(await read(`${directory}/address`));
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
    if (parseNetdevName(name) === null) return null;
    return this.root.follow(this.root.path('sys', 'class', 'net', name));
  }

  private read(name: string, directory: string): NetClassEntry {
    const linkType = parseLinkType(this.root.readText(`${directory}/type`)) ?? 'unknown';
    return { directory, netdev: { name, linkType, up: parseUp(this.root.readText(`${directory}/flags`)) } };
  }
}
