// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { Hca, Inventory, Port } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import type { HostRoot } from '#adapters/host/root.ts';
import type { Clock } from '#ports/clock.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import { deepFreeze } from '../deep-freeze.ts';
import { danglingRdmaDevice, rdmaNotLoaded, unreadableHca } from '../problems.ts';
import { parseGuid, parseNetnsMode, parseNumberedWord, parseText } from './attribute-parsers.ts';
import { SysfsDeviceNodes } from './device-nodes.ts';
import { EventLoopYield } from './event-loop-yield.ts';
import { NetClass } from './net-class.ts';
import { SysfsNetdevs, type HcaNetdevs } from './netdevs.ts';
import { readParentDevice } from './parent-device.ts';
import { readPorts, type SysfsPort } from './ports.ts';
import { readRdmaDriver } from './rdma-driver.ts';

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
  private readonly clock: Clock;

  constructor(host: { readonly root: HostRoot; readonly clock: Clock }) {
    this.root = host.root;
    this.clock = host.clock;
  }

  async scan(): Promise<Inventory> {
    this.root.check();
    const eventLoop = new EventLoopYield(this.clock);
    const nodes = await SysfsDeviceNodes.read(this.root, eventLoop);
    const host = { nodes, netdevs: new SysfsNetdevs(this.root, new NetClass(this.root, eventLoop)) };
    const hcas: Hca[] = [];
    const problems: Problem[] = [...this.classProblems()];
    for (const name of this.names()) {
      await eventLoop.maybeYield();
      const directory = this.root.follow(this.entry(name));
      if (directory === null) {
        problems.push(danglingRdmaDevice(name, this.root.hostPath(this.entry(name))));
      } else if (this.root.isDirectory(directory)) {
        hcas.push(await this.readHca(name, directory, host, problems));
      }
    }
    if (hcas.length > 0) problems.push(...nodes.hostProblems());
    return deepFreeze({ hcas, netnsMode: this.netnsMode(), problems });
  }

  private names(): readonly string[] {
    return this.root.listNames(this.entry()).toSorted(compareNaturally);
  }

  private entry(...name: readonly string[]): string {
    return this.root.path('sys', 'class', 'infiniband', ...name);
  }

  private classProblems(): readonly Problem[] {
    return this.root.exists(this.entry()) ? [] : [rdmaNotLoaded(this.root.hostPath(this.entry()))];
  }

  private netnsMode(): Inventory['netnsMode'] {
    return parseNetnsMode(this.root.readText(this.root.path('sys', 'module', 'ib_core', 'parameters', 'netns_mode')));
  }

  private async readHca(name: string, directory: string, host: ScannedHost, problems: Problem[]): Promise<Hca> {
    const read = (file: string): string | null => this.root.readText(`${directory}/${file}`);
    const ports = readPorts(this.root, directory);
    const parent = readParentDevice(this.root, directory);
    const nodeType = parseNumberedWord(read('node_type'));
    const nodeGuid = parseGuid(read('node_guid'));
    const netdevs = await host.netdevs.of({
      directory,
      parent,
      ports,
      rnicGuid: nodeType === 'RNIC' ? nodeGuid : null,
    });
    const devices = host.nodes.of(name);
    if (nodeType === null && nodeGuid === null) problems.push(unreadableHca(name, this.root.hostPath(directory)));
    problems.push(...devices.problems);
    return {
      name,
      nodeType,
      nodeGuid,
      firmware: parseText(read('fw_ver')),
      board: parseText(read('board_id')) ?? parseText(read('hca_type')),
      pci: parent.pci,
      driver: parent.driver,
      rdmaDriver: readRdmaDriver(this.root, directory, parent),
      numaNode: parent.numaNode,
      ports: ports.map((port) => withNetdevs(port, netdevs)),
      netdevs: netdevs.netdevs,
      deviceNodes: devices.nodes,
    };
  }
}

function withNetdevs(port: SysfsPort, found: HcaNetdevs): Port {
  const { number, state, physState, linkLayer, rate } = port;
  const netdevs = found.netdevs.filter((netdev) => found.portOf.get(netdev.name) === number);
  return { number, state, physState, linkLayer, rate, netdevs: netdevs.map((netdev) => netdev.name) };
}
