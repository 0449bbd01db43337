// SPDX-License-Identifier: Apache-2.0
import type { ReadAttribute } from '#adapters/host/attribute-file.ts';
import type { HostRoot } from '#adapters/host/root.ts';
import { parseNumberedWord, parsePortGuid, parseText } from '../attribute-parsers.ts';

/** What the driver says of a port. Null means that the value could not be read. */
export interface DriverPort {
  readonly number: number;
  readonly state: string | null;
  readonly physState: string | null;
  readonly linkLayer: string | null;
  readonly rate: string | null;
  /** 16 digits; null for ports that are not InfiniBand. */
  readonly guid: string | null;
}

/** What the driver of an HCA says of it. */
export interface DriverAnswers {
  readonly firmware: string | null;
  readonly board: string | null;
  readonly ports: readonly DriverPort[];
}

/** Returns the numbers of the ports in `class/infiniband/<hca>/ports`, in numeric order. A switch has a port 0. */
export function portNumbers(root: HostRoot, hcaDirectory: string): readonly number[] {
  return root
    .listNames(`${hcaDirectory}/ports`)
    .filter((name) => /^\d{1,4}$/.test(name))
    .map(Number)
    .toSorted((a, b) => a - b);
}

/**
 * Reads the attributes of an HCA that its driver answers (drivers/infiniband/core/sysfs.c): those of ports by
 * `query_port`, and on InfiniBand `gids/0` by `query_gid` up to Linux 4.18; `fw_ver` by `get_dev_fw_str`; `board_id`
 * and `hca_type` are the driver's own. All else below `class/infiniband` is in memory of ib_core; `link_layer` too,
 * because drivers must return it in atomic context (`get_link_layer`).
 */
export async function readDriverAnswers(
  root: HostRoot,
  read: ReadAttribute,
  hcaDirectory: string,
): Promise<DriverAnswers> {
  const ports: DriverPort[] = [];
  for (const number of portNumbers(root, hcaDirectory)) {
    const directory = `${hcaDirectory}/ports/${number}`;
    const linkLayer = parseText(root.readText(`${directory}/link_layer`));
    ports.push({ number, linkLayer, ...(await readPort(read, directory, linkLayer)) });
  }
  return {
    firmware: parseText(await read(`${hcaDirectory}/fw_ver`)),
    board: parseText(await read(`${hcaDirectory}/board_id`)) ?? parseText(await read(`${hcaDirectory}/hca_type`)),
    ports,
  };
}

/** Returns what is known of an HCA whose driver has never answered. */
export function noAnswers(root: HostRoot, hcaDirectory: string): DriverAnswers {
  const unknown = { state: null, physState: null, rate: null, guid: null };
  const ports = portNumbers(root, hcaDirectory).map((number) => {
    const linkLayer = parseText(root.readText(`${hcaDirectory}/ports/${number}/link_layer`));
    return { number, linkLayer, ...unknown };
  });
  return { firmware: null, board: null, ports };
}

async function readPort(
  read: ReadAttribute,
  directory: string,
  linkLayer: string | null,
): Promise<Omit<DriverPort, 'number' | 'linkLayer'>> {
  return {
    state: parseNumberedWord(await read(`${directory}/state`)),
    physState: parseNumberedWord(await read(`${directory}/phys_state`)),
    rate: parseText(await read(`${directory}/rate`)),
    guid: isInfiniband({ linkLayer }) ? parsePortGuid(await read(`${directory}/gids/0`)) : null,
  };
}

export function isInfiniband({ linkLayer }: Pick<DriverPort, 'linkLayer'>): boolean {
  return linkLayer === 'InfiniBand';
}
