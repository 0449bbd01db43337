// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:fs';
import { open, readFile, readdir, readlink, stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { basename, join } from 'node:path';
import { errorCode } from '#adapters/host/error-code.ts';
import { namesHcas } from '#domain/diagnosis/pod/environment.ts';
import type { PodGid, PodHca, PodNode, PodPort, PodSurvey } from '#domain/diagnosis/pod/survey.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import { readMemoryLock } from './memory-lock.ts';
import { findProviders } from './providers.ts';

/** A table can have 1,024 entries, which are filled from the start (ib_cache.c). */
const gidsRead = 256;

/** Where a container sees the kernel. Tests have other directories. */
export interface PodPlaces {
  /** The root of `sys`, `dev`, `usr` and `etc`. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly interfaces: ReturnType<typeof networkInterfaces>;
  /** `/proc/self`. */
  readonly process: string;
}

export function ownPlaces(): PodPlaces {
  return { root: '/', environment: process.env, interfaces: networkInterfaces(), process: '/proc/self' };
}

/** Looks at what this container sees of RDMA. Never rejects. */
export async function surveyPod(places: PodPlaces): Promise<PodSurvey> {
  const { root, environment, interfaces } = places;
  const [nodes, hcas, memoryLock, providers] = await Promise.all([
    readNodes(join(root, 'dev/infiniband')),
    readHcas(join(root, 'sys/class')),
    readMemoryLock(places.process),
    findProviders(root),
  ]);
  const named = Object.entries(environment).filter(([name, value]) => value !== undefined && namesHcas(name));
  return {
    nodes,
    hcas,
    netdevs: netdevsByAddress(interfaces),
    memoryLock,
    environment: new Map(named.map(([name, value]) => [name, value ?? ''])),
    providers,
  };
}

/**
 * The nodes for managing a fabric are left out: most users may not open them, and opening `issm` tells the fabric that
 * this port has a subnet manager (ib_umad_sm_open in drivers/infiniband/core/user_mad.c).
 */
async function readNodes(directory: string): Promise<readonly PodNode[]> {
  const names = ((await listed(directory)) ?? []).filter((name) => /^(uverbs\d+|rdma_cm)$/.test(name));
  return await Promise.all(names.map((name) => readNode(directory, name)));
}

async function readNode(directory: string, name: string): Promise<PodNode> {
  const path = join(directory, name);
  try {
    const { rdev } = await stat(path);
    const device = rdev === 0 ? null : deviceOf(rdev);
    return { name, device, failure: await openFailure(path) };
  } catch (error) {
    return { name, device: null, failure: errorCode(error) };
  }
}

/** Opening an uverbs node creates a context only when the program asks for one, so this has no effect on the HCA. */
async function openFailure(path: string): Promise<string | null> {
  try {
    const file = await open(path, constants.O_RDWR | constants.O_NONBLOCK);
    await file.close();
    return null;
  } catch (error) {
    return errorCode(error);
  }
}

/** As sysfs writes it (`print_dev_t` in include/linux/kdev_t.h; the parts as in new_decode_dev). */
function deviceOf(rdev: number): string {
  const major = (rdev >> 8) & 0xfff;
  const minor = (rdev & 0xff) | ((rdev >> 12) & 0xfff00);
  return `${major}:${minor}`;
}

/** Null if sysfs shows no RDMA: there is no such class, or it is empty. */
async function readHcas(classes: string): Promise<readonly PodHca[] | null> {
  const names = await listed(join(classes, 'infiniband'));
  if (names === null || names.length === 0) return null;
  const uverbs = await readUverbs(join(classes, 'infiniband_verbs'));
  return await Promise.all(
    names.map(async (name) => {
      const directory = join(classes, 'infiniband', name);
      const driver = await readlink(join(directory, 'device/driver')).catch(() => null);
      const ports = ((await listed(join(directory, 'ports'))) ?? []).map(Number);
      return {
        name,
        uverbs: uverbs.get(name) ?? null,
        driver: driver === null ? null : basename(driver),
        ports: await Promise.all(ports.map((number) => readPort(join(directory, 'ports'), number))),
      };
    }),
  );
}

/** Returns the uverbs node of each HCA. */
async function readUverbs(directory: string): Promise<ReadonlyMap<string, NonNullable<PodHca['uverbs']>>> {
  const names = ((await listed(directory)) ?? []).filter((name) => name.startsWith('uverbs'));
  const entries = await Promise.all(
    names.map(async (name) => {
      const [hca, device] = await Promise.all(['ibdev', 'dev'].map((file) => textOf(join(directory, name, file))));
      return [hca ?? '', { name, device: device ?? '' }] as const;
    }),
  );
  return new Map(entries);
}

async function readPort(ports: string, number: number): Promise<PodPort> {
  const port = join(ports, String(number));
  const [state, linkLayer] = await Promise.all(['state', 'link_layer'].map((file) => textOf(join(port, file))));
  const indexes = ((await listed(join(port, 'gids'))) ?? []).slice(0, gidsRead);
  const gids = await Promise.all(indexes.map((index) => readGid(port, index)));
  return {
    number,
    // `4: ACTIVE` (drivers/infiniband/core/sysfs.c, state_show).
    state: state?.replace(/^\d+: /, '') ?? null,
    linkLayer: linkLayer ?? null,
    gids: gids.filter((gid) => gid !== null),
  };
}

/** Null for an empty entry. */
async function readGid(port: string, index: string): Promise<PodGid | null> {
  const gid = await textOf(join(port, 'gids', index));
  if (gid === null || /^[0:]*$/.test(gid)) return null;
  return { index: Number(index), gid, type: await textOf(join(port, 'gid_attrs/types', index)) };
}

function netdevsByAddress(interfaces: PodPlaces['interfaces']): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(interfaces).flatMap(([name, addresses = []]) =>
      addresses.map(({ address, family }) => [family === 'IPv6' ? gidOf(address) : address, name] as const),
    ),
  );
}

/** Writes an IPv6 address as the kernel writes a GID: eight groups of four digits. */
function gidOf(address: string): string {
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const [first, last] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== ''));
  const missing = 8 - (first?.length ?? 0) - (last?.length ?? 0);
  const groups = [
    ...(first ?? []),
    ...Array.from({ length: tail === undefined ? 0 : missing }, () => '0'),
    ...(last ?? []),
  ];
  return groups.map((group) => group.padStart(4, '0')).join(':');
}

/** Returns the names in natural order; null if the directory cannot be read. */
async function listed(directory: string): Promise<readonly string[] | null> {
  const names = await readdir(directory).catch(() => null);
  return names?.toSorted(compareNaturally) ?? null;
}

async function textOf(path: string): Promise<string | null> {
  return (await readFile(path, 'utf8').catch(() => null))?.trim() ?? null;
}
