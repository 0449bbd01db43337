// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { Hca, Inventory, NetnsMode, Port } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import type { HostRoot, LinuxHost } from '#adapters/host/root.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import { deepFreeze } from '../deep-freeze.ts';
import { danglingRdmaDevice, rdmaNotLoaded, unreadableHca } from '../problems.ts';
import { parseGuid, parseNetnsMode, parseNumberedWord, parseText } from './attribute-parsers.ts';
import { SysfsDeviceNodes } from './device-nodes.ts';
import { EventLoopYield } from './event-loop-yield.ts';
import { NetClass } from './net-class.ts';
import { SysfsNetdevs, type HcaNetdevs } from './netdevs.ts';
import { IdleFunctions } from './pci/idle-functions.ts';
import { readParentDevice } from './pci/parent-device.ts';
import { readPorts, type SysfsPort } from './ports.ts';
import { readRdmaDriver } from './pci/rdma-driver.ts';

/** The parts that a scan reads once for all HCAs. */
interface ScannedHost {
  readonly nodes: SysfsDeviceNodes;
  readonly netdevs: SysfsNetdevs;
}

/**
 * Reads the HCAs of a Linux host, starting from `/sys/class/infiniband`. Reads are synchronous: sysfs answers at once,
 * and awaiting each file takes twenty times as long. The scan yields to the event loop between HCAs.
 */
export class SysfsHcaDiscovery implements HcaDiscovery {
  private readonly root: HostRoot;
  private readonly rdmaClass: string;
  private readonly idleFunctions: IdleFunctions;

  constructor(private readonly host: LinuxHost) {
    this.root = host.root;
    this.rdmaClass = host.root.path('sys', 'class', 'infiniband');
    this.idleFunctions = new IdleFunctions(host.root);
  }

  async scan(): Promise<Inventory> {
    this.root.check();
    const eventLoop = new EventLoopYield(this.host.clock);
    const nodes = await SysfsDeviceNodes.read(this.root, eventLoop);
    const host = { nodes, netdevs: new SysfsNetdevs(this.root, new NetClass(this.root, eventLoop), eventLoop) };
    const hcas: Hca[] = [];
    const problems: Problem[] = [];
    if (!this.root.exists(this.rdmaClass)) problems.push(rdmaNotLoaded(this.root.hostPath(this.rdmaClass)));
    for (const name of this.root.listNames(this.rdmaClass).toSorted(compareNaturally)) {
      await eventLoop.maybeYield();
      const entry = `${this.rdmaClass}/${name}`;
      const directory = this.root.follow(entry);
      if (directory === null) problems.push(danglingRdmaDevice(name, this.root.hostPath(entry)));
      else if (this.root.isDirectory(directory)) hcas.push(await this.readHca(name, directory, host, problems));
    }
    problems.push(...nodes.problems(hcas));
    const netnsMode = this.readNetnsMode();
    // In exclusive mode, the RDMA device of a function may be in the network namespace of a pod.
    const idle = netnsMode === 'exclusive' ? [] : await this.idleFunctions.find(hcas, eventLoop);
    return deepFreeze({ hcas, netnsMode, problems, ...(idle.length > 0 && { idleFunctions: idle }) });
  }

  private readNetnsMode(): NetnsMode {
    return parseNetnsMode(this.root.readText(this.root.path('sys', 'module', 'ib_core', 'parameters', 'netns_mode')));
  }

  private async readHca(name: string, directory: string, host: ScannedHost, problems: Problem[]): Promise<Hca> {
    const read = (file: string): string | null => this.root.readText(`${directory}/${file}`);
    const ports = readPorts(this.root, directory);
    const parent = readParentDevice(this.root, directory);
    const nodeType = parseNumberedWord(read('node_type'));
    const nodeGuid = parseGuid(read('node_guid'));
    const rnicGuid = nodeType === 'RNIC' ? nodeGuid : null;
    const netdevs = await host.netdevs.of({ directory, parent, ports, rnicGuid });
    const devices = host.nodes.of(name, nodeType);
    if (nodeType === null && nodeGuid === null) problems.push(unreadableHca(name, this.root.hostPath(directory)));
    return {
      name,
      nodeType,
      nodeGuid,
      firmware: parseText(read('fw_ver')),
      board: parseText(read('board_id')) ?? parseText(read('hca_type')),
      pci: parent.pci,
      subfunction: parent.subfunction,
      managementOnly: devices.managementOnly,
      driver: parent.driver,
      rdmaDriver: readRdmaDriver(this.root, { directory, nodeType, parent }),
      numaNode: parent.numaNode,
      ports: ports.map((port) => withNetdevs(port, netdevs)),
      netdevs: netdevs.netdevs,
      ...(netdevs.representors.length > 0 && { representors: netdevs.representors }),
      deviceNodes: devices.nodes,
    };
  }
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
