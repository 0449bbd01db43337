// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HttpEndpoint } from '#adapters/http/endpoint.ts';
import { fetchStatus } from '#adapters/http/status-client.ts';
import { aBuild, aStatus } from '../../support/status-fixture.ts';

let directory: string;
let endpoints: HttpEndpoint[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'status-'));
  endpoints = [];
});
afterEach(async () => {
  for (const endpoint of endpoints) await endpoint.stop();
  rmSync(directory, { recursive: true });
});

/** Serves on a socket. Returns the endpoint and what `start` says. The pid of its status is `pid`. */
async function serve(statusSocket: string, pid = 7) {
  const endpoint = new HttpEndpoint({ address: null, statusSocket, wallClock: Date.now, build: aBuild });
  endpoints.push(endpoint);
  const { program } = aStatus();
  const serving = await endpoint.start(({ holders }) =>
    Promise.resolve(aStatus({ program: { ...program, pid }, holders: holders ? [] : null })),
  );
  return { endpoint, serving };
}

describe('the status socket', () => {
  it('answers with the status, and with the holders if they are wanted', async () => {
    const socket = join(directory, 'new', 'status.sock');
    expect((await serve(socket)).serving).toEqual({ port: null, socketProblem: null });
    expect(await fetchStatus(socket, false)).toEqual(aStatus());
    expect(await fetchStatus(socket, true)).toEqual(aStatus({ holders: [] }));
  });

  it('can be used by its owner only', async () => {
    const socket = join(directory, 'new', 'status.sock');
    await serve(socket);
    expect([statSync(socket).mode & 0o777, statSync(join(directory, 'new')).mode & 0o777]).toEqual([0o600, 0o700]);
  });

  it('is removed at the end, unless a later instance has taken its path', async () => {
    const socket = join(directory, 's');
    const first = await serve(socket, 1);
    const second = await serve(socket, 2);
    await first.endpoint.stop();
    expect((await fetchStatus(socket, false)).program.pid).toBe(2);
    await second.endpoint.stop();
    expect(existsSync(socket)).toBe(false);
  });

  it('takes the path of a program that was killed, or of a file', async () => {
    const socket = join(directory, 's');
    writeFileSync(socket, '');
    await serve(socket);
    expect((await fetchStatus(socket, false)).ready).toBe(true);
  });

  it.each([
    ['a directory that cannot be created', (): string => '/proc/none/s', 'ENOENT'],
    ['a path that the system would cut off', (): string => join(directory, 'x'.repeat(100)), 'longer than 107'],
    ['a directory in its place', (): string => directory, 'EISDIR'],
  ])('is only a problem with %s', async (_case, path, cause) => {
    const { socketProblem } = (await serve(path())).serving;
    expect(socketProblem).toMatchObject({ code: 'STATUS_SOCKET_UNUSABLE', message: expect.stringContaining(cause) });
  });
});

describe('fetchStatus', () => {
  it('says that nobody has created the socket, or that nobody listens on it', async () => {
    const reason = async (path: string): Promise<string> =>
      await fetchStatus(path, false).then(
        () => 'an answer',
        (error: Error) => error.message,
      );
    expect(await reason(join(directory, 'none'))).toContain('the socket does not exist');
    const dead = join(directory, 'dead');
    const server = createServer().listen(dead);
    await new Promise((resolve) => server.once('listening', resolve));
    // A program that is killed leaves its socket.
    const left = join(directory, 'left');
    renameSync(dead, left);
    await new Promise((resolve) => server.close(resolve));
    expect(await reason(left)).toContain('no program listens on it');
  });

  it('rejects if something else answers', async () => {
    const path = join(directory, 'other');
    const server = createServer((socket) => socket.resume().end('hello')).listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(fetchStatus(path, false)).rejects.toMatchObject({ problems: [{ code: 'STATUS_UNREACHABLE' }] });
    await new Promise((resolve) => server.close(resolve));
  });
});
