// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { acceptsConnections, isDead } from '#adapters/kubelet/sockets/socket-probe.ts';

describe('whether a socket is dead', () => {
  let home: string;
  const servers: Server[] = [];
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'probe-'));
  });
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
    rmSync(home, { recursive: true });
  });

  async function listen(path: string): Promise<Server> {
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return server;
  }
  const both = async (path: string): Promise<readonly boolean[]> => [
    await acceptsConnections(path),
    await isDead(path),
  ];

  it('is false while a process listens', async () => {
    const path = join(home, 'live.sock');
    await listen(path);
    expect(await both(path)).toEqual([true, false]);
  });

  it('is false for a name that does not exist or cannot be reached', async () => {
    writeFileSync(join(home, 'file'), '');
    for (const path of [join(home, 'missing.sock'), join(home, 'file', 'x.sock'), join(home, 'x'.repeat(200))])
      expect(await both(path)).toEqual([false, false]);
  });

  it('is true for a file on which nobody listens', async () => {
    const path = join(home, 'plain.sock');
    writeFileSync(path, '');
    expect(await both(path)).toEqual([false, true]);
  });
});
