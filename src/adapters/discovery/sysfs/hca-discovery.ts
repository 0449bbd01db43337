// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { Hca, Inventory, NetnsMode, Port } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import type { LinuxHost } from '#adapters/host/linux-host.ts';
import type { HostRoot } from '#adapters/host/root.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import { deepFreeze } from '../deep-freeze.ts';
import {
  danglingRdmaDevice,
  rdmaNotLoaded,
  unansweredHca,
  unansweredNetdevs,
  unreadableHca,
  unusableHcaName,
} from '../problems.ts';
import { isUsableHcaName, parseGuid, parseNetnsMode, parseNumberedWord } from './attribute-parsers.ts';
import { SysfsDeviceNodes } from './device-nodes.ts';
import { type DriverAnswers, type DriverPort, isInfiniband } from './driver/answers.ts';
import { type AskedDriver, type RdmaDevice, askDrivers } from './driver/ask-drivers.ts';
import { EventLoopYield } from './event-loop-yield.ts';
import { noGids, readGidTable } from './gid-table.ts';
import { NetClass, NoAnswer } from './net-class.ts';
import { SysfsNetdevs, type HcaInSysfs, type HcaNetdevs, type SysfsPort } from './netdevs.ts';
import { IdleFunctions } from './pci/idle-functions.ts';
import { readParentDevice } from './pci/parent-device.ts';
import { readRdmaDriver } from './pci/rdma-driver.ts';

/** The parts that a scan reads once for all HCAs. */
interface ScannedHost {
  readonly nodes: SysfsDeviceNodes;
  readonly netdevs: SysfsNetdevs;
  readonly drivers: ReadonlyMap<string, AskedDriver>;
  readonly problems: Problem[];
}

const noNetdevs: HcaNetdevs = { netdevs: [], portOf: new Map(), representors: [] };

/**
 * Reads the HCAs of a Linux host, starting from `/sys/class/infiniband`. First it asks the drivers of all HCAs, which
 * may not answer. All else is in memory of the kernel: it is read synchronously, because awaiting each file takes five
 * times as long, and the scan yields to the event loop between HCAs.
 */
export class SysfsHcaDiscovery implements HcaDiscovery {
  private readonly root: HostRoot;
  private readonly rdmaClass: string;
  private readonly idleFunctions: IdleFunctions;
  /** Of the last scan, by the directories of the devices. */
  private drivers: ReadonlyMap<string, AskedDriver> = new Map();
  private readonly lastNetdevs = new Map<string, HcaNetdevs>();

  constructor(private readonly host: LinuxHost) {
    this.root = host.root;
    this.rdmaClass = host.root.path('sys', 'class', 'infiniband');
    this.idleFunctions = new IdleFunctions(host.root);
  }

  async scan(): Promise<Inventory> {
    this.root.check();
    const problems: Problem[] = [];
    const devices = this.listDevices(problems);
    this.drivers = await askDrivers(this.host, devices, this.drivers);
    const eventLoop = new EventLoopYield(this.host.clock);
    const host = await this.readHost(devices, problems, eventLoop);
    const hcas: Hca[] = [];
    for (const device of devices) {
      await eventLoop.maybeYield();
      hcas.push(await this.readHca(device, host));
    }
    this.forgetNetdevs(devices);
    problems.push(...host.nodes.problems(hcas));
    const netnsMode = this.readNetnsMode();
    // In exclusive mode, the RDMA device of a function may be in the network namespace of a pod.
    const idle = netnsMode === 'exclusive' ? [] : await this.idleFunctions.find(hcas, eventLoop);
    return deepFreeze({ hcas, netnsMode, problems, ...(idle.length > 0 && { idleFunctions: idle }) });
  }

  private listDevices(problems: Problem[]): readonly RdmaDevice[] {
    if (!this.root.exists(this.rdmaClass)) problems.push(rdmaNotLoaded(this.root.hostPath(this.rdmaClass)));
    return this.root
      .listNames(this.rdmaClass)
      .toSorted(compareNaturally)
      .flatMap((name) => {
        if (!isUsableHcaName(name)) {
          problems.push(unusableHcaName(name));
          return [];
        }
        const entry = `${this.rdmaClass}/${name}`;
        const directory = this.root.follow(entry);
        if (directory === null) problems.push(danglingRdmaDevice(name, this.root.hostPath(entry)));
        return directory !== null && this.root.isDirectory(directory) ? [{ name, directory }] : [];
      });
  }

  private async readHost(
    devices: readonly RdmaDevice[],
    problems: Problem[],
    eventLoop: EventLoopYield,
  ): Promise<ScannedHost> {
    const { drivers } = this;
    const answers = new Map(devices.flatMap(({ name, directory }) => answersOf(name, drivers.get(directory))));
    const nodes = await SysfsDeviceNodes.read(this.root, eventLoop);
    return {
      nodes,
      netdevs: new SysfsNetdevs(this.root, new NetClass(this.host, eventLoop), answers),
      drivers,
      problems,
    };
  }

  private readNetnsMode(): NetnsMode {
    return parseNetnsMode(this.root.readText(this.root.path('sys', 'module', 'ib_core', 'parameters', 'netns_mode')));
  }

  private async readHca({ name, directory }: RdmaDevice, host: ScannedHost): Promise<Hca> {
    const read = (file: string): string | null => this.root.readText(`${directory}/${file}`);
    const driver = host.drivers.get(directory);
    const ports = (driver?.answers.ports ?? []).map((port) => this.withGids(port, directory));
    const parent = readParentDevice(this.root, directory);
    const nodeType = parseNumberedWord(read('node_type'));
    const nodeGuid = parseGuid(read('node_guid'));
    const rnicGuid = nodeType === 'RNIC' ? nodeGuid : null;
    const { found, unanswered } = await this.findNetdevs({ directory, parent, ports, rnicGuid }, host);
    const devices = host.nodes.of(name, nodeType);
    const stuck = driver?.unanswered ?? unanswered;
    if (stuck !== null) host.problems.push(unansweredHca(name, parent.pci?.address ?? null, this.root.hostPath(stuck)));
    if (nodeType === null && nodeGuid === null) host.problems.push(unreadableHca(name, this.root.hostPath(directory)));
    return {
      name,
      nodeType,
      nodeGuid,
      firmware: driver?.answers.firmware ?? null,
      board: driver?.answers.board ?? null,
      pci: parent.pci,
      subfunction: parent.subfunction,
      managementOnly: devices.managementOnly,
      driver: parent.driver,
      rdmaDriver: readRdmaDriver(this.root, { directory, nodeType, parent }),
      numaNode: parent.numaNode,
      ports: ports.map((port) => withNetdevs(port, found)),
      netdevs: found.netdevs,
      ...(found.representors.length > 0 && { representors: found.representors }),
      deviceNodes: devices.nodes,
      ...(stuck !== null && { unanswered: this.root.hostPath(stuck) }),
    };
  }

  private withGids(port: DriverPort, directory: string): SysfsPort {
    return {
      ...port,
      gids: isInfiniband(port) ? noGids : readGidTable(this.root, `${directory}/ports/${port.number}`),
    };
  }

  /** Returns the netdevs of the last scan if there is no answer, and if there was none either, the unread path. */
  private async findNetdevs(
    hca: HcaInSysfs,
    { netdevs, problems }: ScannedHost,
  ): Promise<{ readonly found: HcaNetdevs; readonly unanswered: string | null }> {
    try {
      const found = await netdevs.of(hca);
      this.lastNetdevs.set(hca.directory, found);
      return { found, unanswered: null };
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      const found = this.lastNetdevs.get(hca.directory);
      if (found === undefined) return { found: noNetdevs, unanswered: error.path };
      const problem = unansweredNetdevs(this.root.hostPath(error.path));
      if (!problems.some(({ code }) => code === problem.code)) problems.push(problem);
      return { found, unanswered: null };
    }
  }

  private forgetNetdevs(devices: readonly RdmaDevice[]): void {
    const present = new Set(devices.map(({ directory }) => directory));
    for (const directory of this.lastNetdevs.keys()) if (!present.has(directory)) this.lastNetdevs.delete(directory);
  }
}

function answersOf(name: string, driver: AskedDriver | undefined): readonly (readonly [string, DriverAnswers])[] {
  return driver === undefined ? [] : [[name, driver.answers]];
}

function withNetdevs({ gids, ...port }: SysfsPort, found: HcaNetdevs): Port {
  const { number, state, physState, linkLayer, rate } = port;
  const netdevs = found.netdevs.filter((netdev) => found.portOf.get(netdev.name) === number).map(({ name }) => name);
  const isEthernet = linkLayer === 'Ethernet';
  return {
    ...{ number, state, physState, linkLayer, rate, netdevs },
    ...(isEthernet && gids.size !== null && { gidTableSize: gids.size }),
    ...(isEthernet && netdevs.length === 0 && { hasGid: gids.hasGid }),
  };
}
