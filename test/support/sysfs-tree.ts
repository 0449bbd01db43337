// SPDX-License-Identifier: Apache-2.0
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';

export interface TreePort {
  readonly number: number;
  readonly state?: string;
  readonly linkLayer?: string;
  /** The last half of gid 0, `0002:c903:00f9:bfa1`. */
  readonly guid?: string;
  /** The contents of gid_attrs/ndevs, from index 0. The read of an absent one fails, like that of an empty entry. */
  readonly gidNetdevs?: readonly string[];
  /** Used entries of the GID table by their indices, with the netdev that gid_attrs/ndevs names, if it names one. */
  readonly gids?: Readonly<Record<number, { readonly gid: string; readonly netdev?: string }>>;
  /** The number of entries in `gids`. By default, only those that are used exist, as in a captured host. */
  readonly gidTableSize?: number;
  /** The kinds of its MAD nodes, if they differ from `kinds` of the HCA. */
  readonly mads?: readonly ('umad' | 'issm')[];
}

export interface TreeNetdev {
  readonly name: string;
  /** ARPHRD: 1 Ethernet, 32 IPoIB. */
  readonly type?: number;
  readonly flags?: string;
  readonly address?: string;
  readonly devPort?: number;
  readonly devId?: string;
  readonly physPortName?: string;
  /** The virtual netdev that this one is in. */
  readonly master?: string;
  /** The directory under `/sys/devices` that has the `net` directory. The parent of the HCA if absent. */
  readonly at?: string;
}

export interface TreeHca {
  readonly name: string;
  /** The parent device under `/sys/devices`, such as `pci0000:00/0000:3b:00.0`. Null for a device without a parent. */
  readonly device?: string | null;
  /** The attributes of the PCI function, by file name. The defaults are those of a ConnectX-6 Dx. */
  readonly pci?: Readonly<Record<string, string>>;
  /** Null if no driver is bound. */
  readonly driver?: string | null;
  readonly physicalFunction?: string;
  readonly ports?: readonly TreePort[];
  readonly netdevs?: readonly TreeNetdev[];
  /** The content of the `parent` file of rxe. */
  readonly softParent?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** The N of uverbsN. The numbers of umad nodes start at 10 N. Null for an HCA without nodes. */
  readonly number?: number | null;
  readonly kinds?: readonly ('uverbs' | 'umad' | 'issm')[];
}

/** A PCI function without an RDMA device. The defaults are those of a ConnectX-6 Dx. */
export interface TreeFunction {
  /** Its directory under `/sys/devices`, such as `pci0000:00/0000:3b:00.0`. */
  readonly at: string;
  readonly vendor?: string;
  readonly device?: string;
  readonly class?: string;
  readonly numaNode?: string;
  /** Absent if no driver is bound. */
  readonly driver?: string;
  readonly physicalFunction?: string;
  /** The driver of each auxiliary device, by the name of the device. Null if no driver is bound. */
  readonly auxiliary?: Readonly<Record<string, string | null>>;
}

/** The `/sys` and `/dev` of a host in a temporary directory. */
export class SysfsTree {
  readonly root = mkdtempSync(join(tmpdir(), 'rdma-host-'));
  /** The files and links of each HCA, by its name. */
  private readonly pathsOfHcas = new Map<string, readonly string[]>();
  private writtenPaths: string[] = [];

  constructor() {
    mkdirSync(join(this.root, 'sys/class/infiniband'), { recursive: true });
    this.write('sys/class/infiniband_verbs/abi_version', '6\n');
    this.write('sys/class/infiniband_mad/abi_version', '5\n');
    this.write('sys/module/ib_core/parameters/netns_mode', 'Y\n');
    this.link('sys/class/misc/rdma_cm', 'sys/devices/virtual/misc/rdma_cm');
    this.write('sys/devices/virtual/misc/rdma_cm/dev', '10:124\n');
    this.write('dev/infiniband/rdma_cm', '');
  }

  write(path: string, text: string): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    this.writtenPaths.push(path);
  }

  /** Creates a relative link from one path of the host to another, as the kernel does. */
  link(path: string, target: string): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    symlinkSync(relative(dirname(path), target), file);
    this.writtenPaths.push(path);
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
  }

  destroy(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  addHca(hca: TreeHca): void {
    this.writtenPaths = [];
    const parent =
      hca.device === undefined ? `pci0000:00/0000:${(0x3b + (hca.number ?? 0)).toString(16)}:00.0` : hca.device;
    const holder = `sys/devices/${parent ?? 'virtual'}`;
    const directory = `${holder}/infiniband/${hca.name}`;
    this.link(`sys/class/infiniband/${hca.name}`, directory);
    this.writeAttributes(hca, directory);
    if (parent !== null) this.writeParent(hca, parent, directory);
    for (const port of hca.ports ?? [{ number: 1 }]) this.writePort(`${directory}/ports/${port.number}`, port);
    for (const netdev of hca.netdevs ?? []) this.addNetdev(netdev, netdev.at ?? parent ?? 'virtual');
    if (hca.number !== null) this.writeNodes(hca, holder, hca.number ?? 0);
    this.pathsOfHcas.set(hca.name, this.writtenPaths);
  }

  addFunction(added: TreeFunction): void {
    const holder = `sys/devices/${added.at}`;
    const { vendor = '0x15b3', device = '0x101d', class: classCode = '0x020000', numaNode = '0' } = added;
    for (const [file, text] of Object.entries({ vendor, device, class: classCode, numa_node: numaNode }))
      this.write(`${holder}/${file}`, `${text}\n`);
    this.relink(`sys/bus/pci/devices/${basename(added.at)}`, holder);
    if (added.driver !== undefined) this.relink(`${holder}/driver`, `sys/bus/pci/drivers/${added.driver}`);
    if (added.physicalFunction !== undefined)
      this.relink(`${holder}/physfn`, join(dirname(holder), added.physicalFunction));
    for (const [name, driver] of Object.entries(added.auxiliary ?? {})) {
      this.write(`${holder}/${name}/uevent`, '\n');
      if (driver !== null) this.link(`${holder}/${name}/driver`, `sys/bus/auxiliary/drivers/${driver}`);
    }
  }

  /** Leaves what another HCA on the same PCI function has too. */
  removeHca(name: string): void {
    const [directory, paths] = [this.target(name), this.pathsOfHcas.get(name) ?? []];
    this.pathsOfHcas.delete(name);
    const shared = new Set([...this.pathsOfHcas.values()].flat());
    for (const path of paths) if (!shared.has(path)) this.remove(path);
    this.remove(directory);
  }

  /** Removes the uverbs node of the HCA from `/dev`. It remains in sysfs. */
  breakHca(name: string): void {
    for (const path of this.pathsOfHcas.get(name) ?? [])
      if (path.startsWith('dev/infiniband/uverbs')) this.remove(path);
  }

  setPortState(name: string, port: number, state: 'ACTIVE' | 'DOWN'): void {
    const directory = `${this.target(name)}/ports/${port}`;
    this.write(`${directory}/state`, state === 'ACTIVE' ? '4: ACTIVE\n' : '1: DOWN\n');
    this.write(`${directory}/phys_state`, state === 'ACTIVE' ? '5: LinkUp\n' : '3: Disabled\n');
  }

  addNetdev(netdev: TreeNetdev, at: string): void {
    const directory = `sys/devices/${at}/net/${netdev.name}`;
    this.write(`${directory}/type`, `${netdev.type ?? 1}\n`);
    this.write(`${directory}/flags`, `${netdev.flags ?? '0x1003'}\n`);
    if (netdev.address !== undefined) this.write(`${directory}/address`, `${netdev.address}\n`);
    if (netdev.devPort !== undefined) this.write(`${directory}/dev_port`, `${netdev.devPort}\n`);
    if (netdev.devId !== undefined) this.write(`${directory}/dev_id`, `${netdev.devId}\n`);
    if (netdev.physPortName !== undefined) this.write(`${directory}/phys_port_name`, `${netdev.physPortName}\n`);
    if (at !== 'virtual') this.link(`${directory}/device`, `sys/devices/${at}`);
    if (netdev.master !== undefined) this.link(`${directory}/master`, `sys/devices/virtual/net/${netdev.master}`);
    this.link(`sys/class/net/${netdev.name}`, directory);
  }

  /** Adds a bond or bridge, or another master where `kind` is null. */
  addMaster(kind: 'bonding' | 'bridge' | null, netdev: TreeNetdev): void {
    this.addNetdev(netdev, 'virtual');
    if (kind !== null) this.write(`sys/devices/virtual/net/${netdev.name}/${kind}/any`, '\n');
  }

  private target(name: string): string {
    const link = `sys/class/infiniband/${name}`;
    try {
      return join(dirname(link), readlinkSync(join(this.root, link)));
    } catch {
      return link;
    }
  }

  private writeAttributes(hca: TreeHca, directory: string): void {
    const defaults = {
      node_type: '1: CA\n',
      node_guid: '0c42:a103:0065:8a00\n',
      fw_ver: '22.35.1012\n',
      board_id: 'MT_0000000359\n',
    };
    for (const [file, text] of Object.entries({ ...defaults, ...hca.attributes }))
      this.write(`${directory}/${file}`, text);
    if (hca.softParent !== undefined) this.write(`${directory}/parent`, `${hca.softParent}\n`);
  }

  private writeParent(hca: TreeHca, parent: string, directory: string): void {
    this.link(`${directory}/device`, `sys/devices/${parent}`);
    const pciFunction = /^.*[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/.exec(parent)?.[0];
    const holder = `sys/devices/${pciFunction ?? parent}`;
    const defaults = { vendor: '0x15b3\n', device: '0x101d\n', class: '0x020000\n', numa_node: '0\n' };
    const attributes = pciFunction === undefined ? { numa_node: '0\n' } : defaults;
    for (const [file, text] of Object.entries({ ...attributes, ...hca.pci })) this.rewrite(`${holder}/${file}`, text);
    if (hca.driver !== null) this.relink(`${holder}/driver`, `sys/bus/pci/drivers/${hca.driver ?? 'mlx5_core'}`);
    if (hca.physicalFunction !== undefined)
      this.relink(`${holder}/physfn`, join(dirname(holder), hca.physicalFunction));
  }

  /** Leaves a file with this content as it is: a program that reads it must not find it empty. */
  private rewrite(path: string, text: string): void {
    const file = join(this.root, path);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) this.writtenPaths.push(path);
    else this.write(path, text);
  }

  private relink(path: string, target: string): void {
    const file = join(this.root, path);
    if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) {
      if (readlinkSync(file) === relative(dirname(path), target)) return void this.writtenPaths.push(path);
      this.remove(path);
    }
    this.link(path, target);
  }

  private writePort(directory: string, port: TreePort): void {
    this.write(`${directory}/state`, `${port.state ?? '4: ACTIVE'}\n`);
    this.write(`${directory}/phys_state`, '5: LinkUp\n');
    this.write(`${directory}/link_layer`, `${port.linkLayer ?? 'Ethernet'}\n`);
    this.write(`${directory}/rate`, '100 Gb/sec (4X EDR)\n');
    this.write(`${directory}/gids/0`, `fe80:0000:0000:0000:${port.guid ?? '0000:0000:0000:0000'}\n`);
    for (let index = 1; index < (port.gidTableSize ?? 1); index += 1)
      this.write(`${directory}/gids/${index}`, '0000:0000:0000:0000:0000:0000:0000:0000\n');
    for (const [index, { gid, netdev }] of Object.entries(port.gids ?? {})) {
      this.write(`${directory}/gids/${index}`, `${gid}\n`);
      if (netdev !== undefined) this.write(`${directory}/gid_attrs/ndevs/${index}`, `${netdev}\n`);
    }
    for (const [index, name] of (port.gidNetdevs ?? []).entries())
      this.write(`${directory}/gid_attrs/ndevs/${index}`, `${name}\n`);
  }

  private writeNodes(hca: TreeHca, holder: string, number: number): void {
    const kinds = hca.kinds ?? ['uverbs', 'umad'];
    if (kinds.includes('uverbs'))
      this.writeNode(`${holder}/infiniband_verbs`, 'infiniband_verbs', `uverbs${number}`, hca.name);
    for (const [index, port] of (hca.ports ?? [{ number: 1 }]).entries()) {
      for (const kind of port.mads ?? kinds.filter((one) => one !== 'uverbs')) {
        const name = `${kind}${number * 10 + index}`;
        this.writeNode(`${holder}/infiniband_mad`, 'infiniband_mad', name, hca.name);
        this.write(`${holder}/infiniband_mad/${name}/port`, `${port.number}\n`);
      }
    }
  }

  private writeNode(folder: string, className: string, name: string, hca: string): void {
    this.link(`sys/class/${className}/${name}`, `${folder}/${name}`);
    this.write(`${folder}/${name}/ibdev`, `${hca}\n`);
    this.write(`${folder}/${name}/dev`, '231:192\n');
    this.write(`dev/infiniband/${name}`, '');
  }

  /** Returns the names in a directory of the tree. */
  names(path: string): readonly string[] {
    return readdirSync(join(this.root, path));
  }
}
