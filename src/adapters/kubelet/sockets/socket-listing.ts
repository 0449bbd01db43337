// SPDX-License-Identifier: Apache-2.0
// Not from node:fs/promises, which would add 3 ms to the start.
import { opendir, stat } from 'node:fs';
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
    const state = await stateOf(directory);
    if (state !== null && state === this.directories.get(directory)?.state) return false;
    await this.waitForTurn();
    this.directories.set(directory, { state, sockets: await this.read(directory) });
    return true;
  }

  private async waitForTurn(): Promise<void> {
    const waitMs = this.nextAt - this.clock.now();
    if (waitMs < leastWaitMs) return;
    await new Promise<void>((resolve) => {
      this.clock.after(waitMs, resolve);
    });
  }

  private async read(directory: string): Promise<readonly PluginSocket[]> {
    const { sockets, names } = await readSockets(directory);
    this.nextAt = this.clock.now() + pace * names * nameMs;
    return sockets;
  }
}

function listed(all: readonly PluginSocket[]): ListedSockets {
  const byResource = groupBy(all, ({ resourceHash }) => resourceHash);
  return { all, ofResource: (hash) => byResource.get(hash) ?? [] };
}

const [statFile, openDirectory] = [promisify(stat), promisify(opendir)];

/**
 * A kernel takes the times of files from a clock that it advances at each tick, every 10 ms at most, so a later change
 * can have the same time as an earlier one.
 */
const tickMs = 50;

/**
 * Resolves to a text that differs after each change of the names in a directory; null if there is no directory, or if
 * it has just changed. Never rejects.
 */
async function stateOf(directory: string): Promise<string | null> {
  try {
    const { dev, ino, mtimeMs, ctimeMs } = await statFile(directory);
    const isSettled = Math.abs(Date.now() - mtimeMs) > tickMs;
    return isSettled ? [dev, ino, mtimeMs, ctimeMs].join(':') : null;
  } catch {
    return null;
  }
}

/** How many names are read at a time. */
const batch = 1_024;

interface Names {
  readonly sockets: readonly PluginSocket[];
  /** How many names the directory has, those of other programs included. */
  readonly names: number;
}

async function readSockets(directory: string): Promise<Names> {
  const sockets: PluginSocket[] = [];
  let names = 0;
  try {
    for await (const { name } of await openDirectory(directory, { bufferSize: batch })) {
      names += 1;
      const socket = pluginSocketAt(directory, name);
      if (socket !== null) sockets.push(socket);
    }
  } catch {
    // The directory is absent, or was removed meanwhile.
  }
  return { sockets, names };
}
