// SPDX-License-Identifier: Apache-2.0
import type { DriverAnswers } from './answers.ts';

/** The GUIDs of all InfiniBand ports of the host, by the names of their HCAs. */
export class PortGuids {
  private owners: ReadonlyMap<string, ReadonlySet<string>> | null = null;

  constructor(private readonly answers: ReadonlyMap<string, DriverAnswers>) {}

  /** Whether one HCA alone has the GUID. The VFs whose GUID nobody set may all have the same. */
  isUnique(guid: string): boolean {
    this.owners ??= this.findOwners();
    return this.owners.get(guid)?.size === 1;
  }

  private findOwners(): ReadonlyMap<string, ReadonlySet<string>> {
    const owners = new Map<string, Set<string>>();
    for (const [hca, { ports }] of this.answers)
      for (const { guid } of ports) if (guid !== null) owners.set(guid, (owners.get(guid) ?? new Set()).add(hca));
    return owners;
  }
}
