// SPDX-License-Identifier: Apache-2.0
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ApiClient } from '#adapters/kubernetes/api/client.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';
import { until } from '../../../support/until.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** Returns a client of a server that does this with each connection when a request has arrived. */
async function clientOf(act: (socket: Socket) => void, clock = new SystemClock()): Promise<ApiClient> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('data', () => act(socket));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const access = {
    server: new URL(`http://127.0.0.1:${port}`),
    namespace: 'ns',
    credentials: () => Promise.resolve({ token: 't', ca: undefined, rejectUnauthorized: true }),
  };
  return new ApiClient(access, clock);
}

const unreachable = { problems: [{ code: 'KUBERNETES_UNREACHABLE' }] };
const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

describe('ApiClient: every way in which a connection can end', () => {
  it.each<readonly [string, (socket: Socket) => void]>([
    [
      'it switches protocols',
      (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    ],
    [
      'it switches protocols and closes',
      (socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    ],
    ['it closes without a word', (socket) => socket.end()],
    ['it resets the connection', (socket) => socket.resetAndDestroy()],
    ['it closes within the head', (socket) => socket.end('HTTP/1.1 200 OK\r\ncont')],
    ['it closes after an interim response', (socket) => socket.end('HTTP/1.1 103 Early Hints\r\n\r\n')],
    ['it sends something else', (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')],
    ['it closes within the body', (socket) => socket.end(`${head}content-length: 100\r\n\r\n{"kind":`)],
    [
      'it resets within the body',
      (socket) => socket.write(`${head}content-length: 100\r\n\r\n{`, () => socket.resetAndDestroy()),
    ],
    ['it closes within a chunk', (socket) => socket.end(`${head}transfer-encoding: chunked\r\n\r\nff\r\n{"a"`)],
  ])('rejects if %s', async (_, act) => {
    const client = await clientOf(act);
    await expect(client.get('/api')).rejects.toMatchObject(unreachable);
  });

  it.each<readonly [string, (socket: Socket) => void]>([
    ['nothing', () => {}],
    ['interim responses only', (socket) => socket.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(3))],
    ['half a body', (socket) => socket.write(`${head}content-length: 100\r\n\r\n{`)],
  ])('rejects after some seconds if it sends %s', async (_, act) => {
    const clock = new SteppedClock();
    let isRequested = false;
    const client = await clientOf((socket) => {
      isRequested = true;
      act(socket);
    }, clock);
    let isSettled = false;
    const call = client.get('/api').finally(() => (isSettled = true));
    call.catch(() => {});
    await until(() => isRequested);
    await until(async () => {
      await clock.step(1_000);
      return isSettled;
    });
    await expect(call).rejects.toMatchObject(unreachable);
    expect(clock.pending).toBe(0);
  });
});
