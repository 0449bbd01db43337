// SPDX-License-Identifier: Apache-2.0
import type { HostRoot } from '#adapters/host/root.ts';
import type { EventLoopYield } from './event-loop-yield.ts';
import { readPorts } from './ports.ts';

/** The GUIDs of all InfiniBand ports of the host. They are read when they are first needed. */
export class PortGuids {
  private owners: ReadonlyMap<string, ReadonlySet<string>> | null = null;

  constructor(
    private readonly root: HostRoot,
    private readonly eventLoop: EventLoopYield,
  ) {}

  /** Whether one HCA alone has the GUID. The VFs whose GUID nobody set may all have the same. */
  async isUnique(guid: string): Promise<boolean> {
    this.owners ??= await this.readOwners();
    return this.owners.get(guid)?.size === 1;
  }

  private async readOwners(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const owners = new Map<string, Set<string>>();
    const rdmaClass = this.root.path('sys', 'class', 'infiniband');
    for (const hca of this.root.listNames(rdmaClass)) {
      await this.eventLoop.maybeYield();
      const directory = this.root.follow(`${rdmaClass}/${hca}`);
      for (const { guid } of directory === null ? [] : readPorts(this.root, directory))
        if (guid !== null) owners.set(guid, (owners.get(guid) ?? new Set()).add(hca));
    }
    return owners;
  }
}
