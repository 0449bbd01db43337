// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server as NetServer, type Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Empty, RegisterRequest } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import type {
  ContainerDevices,
  ListPodResourcesRequest,
  ListPodResourcesResponse,
} from '#adapters/kubelet-api/generated/podresources/v1/api.ts';
import { podResourcesService, registrationService } from '#adapters/kubelet-api/services.ts';
import { KubeletPodResources } from '#adapters/kubelet/pod-resources/client.ts';
import { livenessMs } from '../../support/node-fixture.ts';
import { RecordedLog } from '../../support/recorded-log.ts';
import { SilentServer } from '../../support/silent-server.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';
import { until } from '../../support/until.ts';

type List = handleUnaryCall<ListPodResourcesRequest, ListPodResourcesResponse>;

const answerAShare: List = (_call, answer) => answer(null, aShare);
const acceptRegistration: handleUnaryCall<RegisterRequest, Empty> = (_call, answer) => answer(null, {});

let directory = '';
let socket = '';
let clock: SteppedClock;
let log: RecordedLog;
let podResources: KubeletPodResources;
let listener: NetServer | null = null;
const open = new Set<Socket>();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rdma-pods-'));
  socket = join(directory, 'kubelet.sock');
  clock = new SteppedClock();
  log = new RecordedLog();
  podResources = client(socket);
});
afterEach(async () => {
  for (const connection of open) connection.destroy();
  await new Promise((resolve) => (listener === null ? resolve(null) : listener.close(resolve)));
  listener = null;
  rmSync(directory, { recursive: true });
});

function client(path: string): KubeletPodResources {
  return new KubeletPodResources({ socket: path, clock, logger: log });
}

const list = async (from = podResources): Promise<unknown> => await from.list((resource) => resource === 'rdma/hca');
const reasons = (): readonly unknown[] => log.valuesOf('cannot list pods', 'reason');

/** Accepts connections on the socket. They are in `open` as long as they are. */
async function listen(accept: (connection: Socket) => void): Promise<void> {
  listener = createServer({ pauseOnConnect: true }, (connection) => {
    open.add(connection.on('error', () => {}).once('close', () => open.delete(connection)));
    accept(connection);
  });
  await new Promise<void>((resolve) => void listener?.listen(socket, resolve));
}

async function serve(addService: (server: Server) => void): Promise<void> {
  const server = new Server();
  addService(server);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  await listen((connection) => {
    injector.injectConnection(connection);
    connection.read(0);
  });
}

const serveList = async (answer: List): Promise<void> =>
  await serve((server) => server.addService(podResourcesService, { list: answer }));

function aPodWith(...devices: readonly ContainerDevices[]): ListPodResourcesResponse {
  return { podResources: [{ name: 'p', namespace: 'n', containers: [{ name: 'c', devices }] }] };
}

const aShare = aPodWith({ resourceName: 'rdma/hca', deviceIds: ['7'] });
const itsHolder = [{ namespace: 'n', pod: 'p', container: 'c', resource: 'rdma/hca', shareIds: ['7'] }];

/** Returns a list that takes about this many MiB on the wire. */
function listOfMib(mib: number): ListPodResourcesResponse {
  const id = 'GPU-0123456789abcdef-'.padEnd(1022, '0');
  return aPodWith(
    { resourceName: 'vendor.example/gpu-memory', deviceIds: Array<string>(mib * 1024).fill(id) },
    { resourceName: 'rdma/hca', deviceIds: ['7'] },
  );
}

describe('KubeletPodResources.list', () => {
  it(
    'asks for nothing before it is called',
    async () => {
      await serveList(answerAShare);
      client(socket);
      await clock.step(60_000);
      expect([open.size, clock.pending]).toEqual([0, 0]);
    },
    livenessMs,
  );

  it(
    'closes its connection',
    async () => {
      await serveList(answerAShare);
      expect(await list()).toEqual(itsHolder);
      await until(() => open.size === 0);
    },
    livenessMs,
  );

  it.each([5, 31])(
    'accepts a list of %d MiB',
    async (mib) => {
      await serveList((_call, answer) => answer(null, listOfMib(mib)));
      expect(await list()).toEqual(itsHolder);
    },
    livenessMs,
  );

  it(
    'does not accept a list that would need more memory than the program may have',
    async () => {
      await serveList((_call, answer) => answer(null, listOfMib(33)));
      expect(await list()).toBeNull();
      expect(reasons()).toEqual([expect.stringMatching(/larger than max/)]);
    },
    livenessMs,
  );

  it(
    'merges the entries that a kubelet repeats for a resource, by device or by NUMA node',
    async () => {
      const devices = ['2', '10', '2', '0'].map((id) => ({ resourceName: 'rdma/hca', deviceIds: [id] }));
      await serveList((_call, answer) =>
        answer(null, aPodWith(...devices, { resourceName: 'rdma/hca', deviceIds: [] })),
      );
      expect(await list()).toMatchObject([{ shareIds: ['0', '2', '10'] }]);
    },
    livenessMs,
  );

  it(
    'waits 3 s for an answer, then cancels the call and closes the connection',
    async () => {
      let cancelled = false;
      await serveList((call) => {
        call.on('cancelled', () => {
          cancelled = true;
        });
      });
      let result: unknown = 'waiting';
      const listing = list().then((holders) => {
        result = holders;
      });
      await until(() => open.size === 1);
      await clock.step(2_999);
      expect(result).toBe('waiting');
      await clock.step(1);
      await listing;
      expect(result).toBeNull();
      await until(() => cancelled && open.size === 0);
      expect([reasons(), clock.pending]).toEqual([['no answer within 3 s'], 0]);
    },
    livenessMs,
  );

  it(
    'leaves no connection to a frozen kubelet, however often it is called',
    async () => {
      const silent = new SilentServer(socket);
      await silent.listen();
      for (let call = 0; call < 3; call += 1) {
        const listing = list();
        await until(() => silent.connected === 1);
        await clock.step(3_000);
        expect(await listing).toBeNull();
        await until(() => silent.connected === 0);
      }
      await silent.close();
    },
    livenessMs,
  );

  it.each([
    ['ends connections', (connection: Socket): unknown => connection.end()],
    ['is not a gRPC server', (connection: Socket): unknown => connection.end('220 ready\r\n')],
    ['breaks connections', (connection: Socket): unknown => connection.destroy()],
  ])(
    'resolves to null if what listens %s',
    async (_what, accept) => {
      await listen(accept);
      expect(await list()).toBeNull();
      expect(reasons()).toHaveLength(1);
    },
    livenessMs,
  );

  it(
    'resolves to null if another service listens',
    async () => {
      await serve((server) => server.addService(registrationService, { register: acceptRegistration }));
      expect(await list()).toBeNull();
      expect(reasons()).toEqual([expect.stringContaining('/v1.PodResourcesLister/List')]);
    },
    livenessMs,
  );

  it(
    'resolves to null if the answer is no list',
    async () => {
      const { list: method } = podResourcesService;
      const service = { list: { ...method, responseSerialize: () => Buffer.of(0x0a, 0xff, 0x01) } };
      await serve((server) => server.addService(service, { list: answerAShare }));
      expect(await list()).toBeNull();
      expect(reasons()).toHaveLength(1);
    },
    livenessMs,
  );

  it.each([
    ['does not exist', (): string => join(directory, 'none/kubelet.sock')],
    ['is a directory', (): string => directory],
    ['is a file', (): string => join(directory, 'file')],
    ['is empty', (): string => ''],
    ['is longer than a socket path can be', (): string => join(directory, 'x'.repeat(200))],
    ['has a zero byte', (): string => join(directory, 'a\0b')],
  ])(
    'resolves to null if the path %s',
    async (_what, path) => {
      writeFileSync(join(directory, 'file'), '');
      mkdirSync(join(directory, 'x'.repeat(20)));
      expect(await list(client(path()))).toBeNull();
      expect([log.messages(), log.messages('debug'), clock.pending]).toEqual([
        ['cannot list pods'],
        ['cannot list pods'],
        0,
      ]);
    },
    livenessMs,
  );

  it(
    'logs a reason once, until it changes or the kubelet answers',
    async () => {
      let details: string | null = 'rejected by rate limit';
      await serveList((_call, answer) => (details === null ? answer(null, aShare) : answer({ code: 8, details })));
      for (const next of ['rejected by rate limit', 'other', 'other', null, 'other']) {
        details = next;
        await list();
      }
      expect(reasons()).toEqual(['rejected by rate limit', 'other', 'other']);
    },
    livenessMs,
  );
});
