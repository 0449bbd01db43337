// SPDX-License-Identifier: Apache-2.0
// Not from node:fs/promises, which would add 3 ms to the start.
import { type Stats, opendir, readdir, stat } from 'node:fs';
import { promisify } from 'node:util';
import { groupBy } from '#domain/collections/group-by.ts';
import type { Clock } from '#ports/clock.ts';
import { SingleFlight } from '#timing/single-flight.ts';
import { type PluginSocket, pluginSocketAt } from './socket-name.ts';

/**
 * How long a listing takes for each name, in milliseconds. Not measured: how long an answer took depends on what else
 * this process does, above all while it starts.
 */
const nameMs = 0.002;
/** A listing that takes t is not repeated before 9 t have passed: it takes a tenth of the time at most. */
const pace = 9;
const leastWaitMs = 1;

/** The sockets of this program in the directories of the kubelet, of all instances. */
export interface ListedSockets {
  readonly all: readonly PluginSocket[];
  ofResource(resourceHash: string): readonly PluginSocket[];
}

/** One directory, and what it contained. */
interface ListedDirectory {
  /** Differs if a name was added or removed since; null if the directory cannot be read. */
  readonly state: string | null;
  readonly sockets: readonly PluginSocket[];
}

/**
 * Lists the directories of the kubelet once for all registrations. They can contain any number of files of other
 * programs: a listing runs outside the event loop, and a directory that has not changed is not listed again.
 */
export class SocketListing {
  private readonly directories: Map<string, ListedDirectory>;
  private current: ListedSockets = listed([]);
  private nextAt = Number.NEGATIVE_INFINITY;
  private readonly refreshes = new SingleFlight(() => this.refresh());

  constructor(
    directories: readonly string[],
    private readonly clock: Clock,
  ) {
    this.directories = new Map(directories.map((directory) => [directory, { state: null, sockets: [] }]));
  }

  /** Resolves to a listing that began after this call. Never rejects. */
  async list(): Promise<ListedSockets> {
    await this.refreshes.request();
    return this.current;
  }

  private async refresh(): Promise<void> {
    const changes = await Promise.all([...this.directories.keys()].map((directory) => this.refreshOne(directory)));
    if (changes.includes(true)) this.current = listed([...this.directories.values()].flatMap(({ sockets }) => sockets));
  }

  /** Resolves to whether the directory was listed. */
  private async refreshOne(directory: string): Promise<boolean> {
    // The state from before the listing: what changes during it is listed again.
    const stats = await statsOf(directory);
    const state = stats === null ? null : stateOf(stats);
    if (state !== null && state === this.directories.get(directory)?.state) return false;
    await this.waitForTurn();
    this.directories.set(directory, { state, sockets: await this.read(directory, stats?.size ?? 0) });
    return true;
  }

  private async waitForTurn(): Promise<void> {
    const waitMs = this.nextAt - this.clock.now();
    if (waitMs < leastWaitMs) return;
    await new Promise<void>((resolve) => {
      this.clock.after(waitMs, resolve);
    });
  }

  private async read(directory: string, size: number): Promise<readonly PluginSocket[]> {
    const { sockets, names } = await readSockets(directory, size);
    this.nextAt = Math.max(this.nextAt, this.clock.now() + pace * names * nameMs);
    return sockets;
  }
}

function listed(all: readonly PluginSocket[]): ListedSockets {
  const byResource = groupBy(all, ({ resourceHash }) => resourceHash);
  return { all, ofResource: (hash) => byResource.get(hash) ?? [] };
}

const [statFile, readNames, openDirectory] = [promisify(stat), promisify(readdir), promisify(opendir)];

/**
 * A kernel takes the times of files from a clock that it advances at each tick, every 10 ms at most, so a later change
 * can have the same time as an earlier one.
 */
const tickMs = 50;

/** Resolves to null if there is no such directory. Never rejects. */
async function statsOf(directory: string): Promise<Stats | null> {
  try {
    return await statFile(directory);
  } catch {
    return null;
  }
}

/** Returns a text that differs after each change of the names in a directory; null if it has just changed. */
function stateOf({ dev, ino, mtimeMs, ctimeMs }: Stats): string | null {
  const isSettled = Math.abs(Date.now() - mtimeMs) > tickMs;
  return isSettled ? [dev, ino, mtimeMs, ctimeMs].join(':') : null;
}

/** A directory of this size has a few thousand names at most. To read them at once is faster than in parts. */
const smallBytes = 65_536;
/** How many names of a larger directory are read at a time. */
const batch = 1_024;

interface Names {
  readonly sockets: readonly PluginSocket[];
  /** How many names the directory has, those of other programs included. */
  readonly names: number;
}

/** Resolves to nothing if the directory is absent, or was removed meanwhile. Never rejects. */
async function readSockets(directory: string, size: number): Promise<Names> {
  const sockets: PluginSocket[] = [];
  let names = 0;
  try {
    if (size <= smallBytes) return socketsAmong(directory, await readNames(directory));
    for await (const { name } of await openDirectory(directory, { bufferSize: batch })) {
      names += 1;
      const socket = pluginSocketAt(directory, name);
      if (socket !== null) sockets.push(socket);
    }
  } catch {
    // What was read until then counts.
  }
  return { sockets, names };
}

function socketsAmong(directory: string, names: readonly string[]): Names {
  const sockets = names.map((name) => pluginSocketAt(directory, name)).filter((socket) => socket !== null);
  return { sockets, names: names.length };
}
