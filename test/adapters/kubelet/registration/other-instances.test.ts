// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { nameInstance } from '#adapters/kubelet/sockets/other-instances.ts';
import { pluginSockets, socketName } from '#adapters/kubelet/sockets/socket-name.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rdma-instances-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function addSocket(instance: string): void {
  writeFileSync(
    join(
      directory,
      socketName('rdma/hca', instance, () => 0.5),
    ),
    '',
  );
}

describe('nameInstance', () => {
  it('gives eight characters that sort by start time', () => {
    const names = [0, 1_000, 1_750_000_000_000].map((time) => nameInstance(time, [directory]));
    expect(names.map((name) => name.length)).toEqual([8, 8, 8]);
    expect(names).toEqual(names.toSorted());
  });

  it('gives a name after all instances in the directories, even if the clock is behind', () => {
    addSocket('0000000a');
    addSocket('m0000000');
    expect(nameInstance(0, [directory])).toBe('m0000001');
  });

  it.each(['zzzzzzzz', 'zzzzzzzy'])('gives a name of a valid socket in the presence of the last name %s', (last) => {
    addSocket(last);
    const instance = nameInstance(1_750_000_000_000, [directory]);
    rmSync(directory, { recursive: true });
    directory = mkdtempSync(join(tmpdir(), 'rdma-instances-'));
    addSocket(instance);
    expect(pluginSockets(directory).map((socket) => socket.instance)).toEqual([instance]);
  });
});
