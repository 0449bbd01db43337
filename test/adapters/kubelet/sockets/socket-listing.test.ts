// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, renameSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { SocketListing } from '#adapters/kubelet/sockets/socket-listing.ts';
import { socketName } from '#adapters/kubelet/sockets/socket-name.ts';
import { shortHash } from '#domain/text/short-hash.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';

describe('SocketListing', () => {
  let home: string;
  let directories: readonly string[];
  let listing: SocketListing;
  let made = 0;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'listing-'));
    directories = ['device-plugins', 'plugins_registry'].map((name) => join(home, name));
    for (const directory of directories) mkdirSync(directory);
    listing = new SocketListing(directories, new SystemClock());
  });
  afterEach(() => rmSync(home, { recursive: true }));

  /** Creates a file with the name of a socket, and returns its path. */
  function make(resource: string, directory = directories[0] ?? ''): string {
    made += 1;
    const path = join(
      directory,
      socketName(resource, 'instance', () => made / 36 ** 6),
    );
    writeFileSync(path, '');
    return path;
  }

  const listed = async (): Promise<readonly string[]> =>
    (await listing.list()).all.map(({ path }) => path).toSorted((a, b) => a.localeCompare(b));

  it('lists the sockets of both directories, by resource', async () => {
    const [a, b, c] = [make('rdma/a'), make('rdma/b'), make('rdma/a', directories[1])];
    for (const name of ['kubelet.sock', 'other.sock', 'rdma-shared-dp.sock']) writeFileSync(join(home, name), '');
    const found = await listing.list();
    expect(found.ofResource(shortHash('rdma/a')).map(({ path }) => path)).toEqual([a, c]);
    expect(found.ofResource(shortHash('rdma/b')).map(({ path }) => path)).toEqual([b]);
    expect(found.ofResource(shortHash('rdma/c'))).toEqual([]);
  });

  it('never misses a socket that was created or removed before the call, however fast they change', async () => {
    const present: string[] = [];
    for (let round = 0; round < 200; round += 1) {
      if (round % 3 === 2) unlinkSync(present.shift() ?? '');
      else present.push(make('rdma/a'));
      expect(await listed()).toEqual(present.toSorted((a, b) => a.localeCompare(b)));
    }
  });

  it('finds what is in a directory that was replaced, removed or created again', async () => {
    const [directory = ''] = directories;
    make('rdma/a');
    expect(await listed()).toHaveLength(1);
    renameSync(directory, join(home, 'old'));
    expect(await listed()).toEqual([]);
    mkdirSync(directory);
    const path = make('rdma/a');
    expect((await listed()).map((one) => basename(one))).toEqual([basename(path)]);
  });

  it('does not read a directory again that has not changed for a moment', async () => {
    const hourAgo = Date.now() / 1000 - 3_600;
    make('rdma/a');
    for (const directory of directories) utimesSync(directory, hourAgo, hourAgo);
    const first = await listing.list();
    expect(await listing.list()).toBe(first);
  });

  it('answers callers at the same time with one listing', async () => {
    make('rdma/a');
    const answers = await Promise.all(Array.from({ length: 500 }, () => listing.list()));
    expect(new Set(answers).size).toBeLessThanOrEqual(2);
  });

  it('waits before it reads a directory with many names again, and not before one with few', async () => {
    const clock = new SteppedClock();
    const [directory = ''] = directories;
    listing = new SocketListing([directory], clock);
    const isAnswered = async (): Promise<boolean> => {
      let answered = false;
      void listing.list().then(() => {
        answered = true;
      });
      await clock.step(0);
      return answered;
    };
    expect(await isAnswered()).toBe(true);
    make('rdma/a');
    expect(await isAnswered()).toBe(true);
    for (let i = 0; i < 1_000; i += 1) writeFileSync(join(directory, `other-${i}`), '');
    expect(await isAnswered()).toBe(true);
    make('rdma/a');
    expect(await isAnswered()).toBe(false);
    const last = listing.list();
    await clock.step(100);
    expect((await last).all).toHaveLength(2);
  });
});
