// SPDX-License-Identifier: Apache-2.0
import type { Hca, IdleCause, IdleFunction } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import type { HostRoot } from '#adapters/host/root.ts';
import { byAddress } from '../../order.ts';
import { parseCount, parseLinkName } from '../attribute-parsers.ts';
import type { EventLoopYield } from '../event-loop-yield.ts';
import { readPciFunction } from './parent-device.ts';
import { auxiliaryDevices, rdmaModules } from './rdma-modules.ts';

/** Network controllers, and InfiniBand as a serial bus (PCI Code and ID Assignment Specification, 1.3 and 1.13). */
const rdmaClass = /^0x(?:02|0c06)/;

/** Drivers of which every function has RDMA. Those of other cards show it by an auxiliary device, or not at all. */
const rdmaDrivers: ReadonlySet<string> = new Set(['mlx4_core', 'mlx5_core']);

/** The RDMA devices of these modules are on no PCI function. */
const softModules: ReadonlySet<string | null> = new Set(['rdma_rxe', 'siw']);

/**
 * Finds the PCI functions of a host that may be HCAs and have no RDMA device. Virtual functions are left out: many are
 * given to virtual machines, or wait without a driver for a pod.
 */
export class IdleFunctions {
  private readonly bus: string;
  /** The addresses of functions that have no RDMA by design. A host has hundreds, and what they are does not change. */
  private others: ReadonlySet<string> = new Set();

  constructor(private readonly root: HostRoot) {
    this.bus = root.path('sys', 'bus', 'pci', 'devices');
  }

  /** Takes all HCAs of the host. Returns the functions in natural order of their addresses. */
  async find(hcas: readonly Hca[], eventLoop: EventLoopYield): Promise<readonly IdleFunction[]> {
    const used = new Set(hcas.flatMap(({ pci }) => pci?.address ?? []));
    const others = new Set<string>();
    const found: IdleFunction[] = [];
    for (const address of this.root.listNames(this.bus)) {
      if (used.has(address)) continue;
      if (this.others.has(address) || this.isOther(address)) {
        others.add(address);
        continue;
      }
      await eventLoop.maybeYield();
      const idle = this.readIdle(address, hcas);
      if (idle !== null) found.push(idle);
    }
    this.others = others;
    return found.toSorted(byAddress);
  }

  /** Whether the function has no RDMA device by design. One that is being removed has no class. */
  private isOther(address: string): boolean {
    const pciClass = this.root.readText(`${this.bus}/${address}/class`);
    return pciClass !== null && (!rdmaClass.test(pciClass) || this.root.exists(`${this.bus}/${address}/physfn`));
  }

  private readIdle(address: string, hcas: readonly Hca[]): IdleFunction | null {
    const directory = this.root.follow(`${this.bus}/${address}`);
    if (directory === null || !this.root.exists(`${directory}/class`)) return null;
    const names = this.root.listNames(directory);
    const driver = parseLinkName(this.root.linkTarget(`${directory}/driver`));
    // Without RDMA of its own, a function of a bond in switchdev mode has a part of the RDMA device of the bond.
    const offers = auxiliaryDevices(names).forRdma.filter((name) => !name.includes('.rdma-rep.'));
    const takers = offers.map((name) => parseLinkName(this.root.linkTarget(`${directory}/${name}/driver`)));
    const rdmaModule = takers.find((one) => one !== null)?.split('.', 1)[0] ?? rdmaModules.get(driver ?? '') ?? null;
    const cause = this.causeOf({ driver, takers, rdmaModule, hcas });
    if (cause === null) return null;
    return {
      pci: readPciFunction(this.root, directory),
      cause,
      driver,
      rdmaModule,
      numaNode: parseCount(this.root.readText(`${directory}/numa_node`)),
      netdevs: names.includes('net') ? this.root.listNames(`${directory}/net`).toSorted(compareNaturally) : [],
    };
  }

  /** `takers` are the drivers of the auxiliary devices for RDMA, null for each that has none. */
  private causeOf({ driver, takers, rdmaModule, hcas }: Evidence): IdleCause | null {
    if (driver === null) return 'no-driver';
    if (takers.includes(null)) return 'module-not-loaded';
    if (takers.length > 0) return hcas.some(isOnUnknownFunction) ? null : 'not-registered';
    const isLoaded = rdmaModule === null || this.root.exists(this.root.path('sys', 'module', rdmaModule));
    return rdmaDrivers.has(driver) && !isLoaded ? 'module-not-loaded' : null;
  }
}

interface Evidence {
  readonly driver: string | null;
  readonly takers: readonly (string | null)[];
  readonly rdmaModule: string | null;
  readonly hcas: readonly Hca[];
}

/** Older kernels link the RDMA device of a bond to none of its functions. */
function isOnUnknownFunction({ pci, rdmaDriver }: Hca): boolean {
  return pci === null && !softModules.has(rdmaDriver);
}
