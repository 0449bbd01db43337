// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SharedWatch } from '#adapters/kubelet/sockets/shared-watch.ts';
import { socketName } from '#adapters/kubelet/sockets/socket-name.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';
import { until } from '../../../support/until.ts';

describe('SharedWatch', () => {
  let home: string;
  let directory: string;
  let clock: SteppedClock;
  let watch: SharedWatch;
  let hints: number[];
  let stops: (() => void)[];
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'watch-'));
    directory = join(home, 'device-plugins');
    mkdirSync(directory);
    clock = new SteppedClock();
    watch = new SharedWatch([directory], clock);
    [hints, stops] = [[], []];
  });
  afterEach(() => {
    for (const stop of stops) stop();
    rmSync(home, { recursive: true });
  });

  function listen(): number {
    const index = hints.push(0) - 1;
    stops.push(
      watch.watch(() => {
        hints[index] = (hints[index] ?? 0) + 1;
      }),
    );
    return index;
  }
  const touch = (name: string): void => writeFileSync(join(directory, name), '');
  const own = (number: number): string => socketName('rdma/a', 'instance', () => number / 36 ** 6);

  it.each([
    ['kubelet.sock', 'kubelet.sock'],
    ['a socket of this program', own(1)],
  ])('hints every listener at %s', async (_, name) => {
    for (let i = 0; i < 2; i += 1) listen();
    touch(name);
    await until(() => hints.every((count) => count > 0));
  });

  it('does not hint at files of other programs', async () => {
    listen();
    for (const name of ['kubelet_internal_checkpoint', '.checkpoint-1', 'csi.sock', 'DEPRECATION']) touch(name);
    touch('kubelet.sock');
    await until(() => clock.pending > 0);
    expect(hints).toEqual([1]);
  });

  it('makes one hint of a burst after the first, and loses none', async () => {
    listen();
    for (let i = 0; i < 200; i += 1) touch(own(i));
    await until(() => clock.pending > 0);
    expect(hints).toEqual([1]);
    await clock.step(25);
    await clock.step(25);
    expect(hints).toEqual([2]);
  });

  it('watches a directory that replaced the one before as soon as anybody listens', async () => {
    listen();
    renameSync(directory, join(home, 'old'));
    mkdirSync(directory);
    listen();
    touch('kubelet.sock');
    await until(() => hints.every((count) => count > 0));
  });

  it('hints nobody who has stopped, and keeps no timer', async () => {
    listen();
    touch('kubelet.sock');
    await until(() => clock.pending > 0);
    stops[0]?.();
    expect(clock.pending).toBe(0);
    listen();
    touch(own(1));
    await until(() => hints[1] === 1);
    expect(hints).toEqual([1, 1]);
  });
});
