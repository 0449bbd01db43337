// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Server, createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

export function tlsFixture(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url)), 'utf8');
}

interface ConfigMap {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

interface Watcher {
  readonly response: ServerResponse;
  readonly name: string;
}

interface Held {
  readonly object: ConfigMap;
  readonly version: number;
}

export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** What the server does instead of its work; one that `stalls` gives the head of an answer. */
export type Mood =
  | 'well'
  | 'hangs'
  | 'stalls'
  | 'busy'
  | 'html'
  | 'forbidden'
  | 'watch-forbidden'
  | 'node-forbidden'
  | 'token-refused'
  | 'ill'
  | 'balancer'
  | 'events-forbidden'
  | 'events-invalid'
  | 'silent-after-taking';

/**
 * The part of an API server that the settings need: one namespace of ConfigMaps with get and watch, resource versions, bookmarks, 410, and
 * tokens; and Events that are created and patched. What it was asked is in `asked`, for how long its watches were to last in `watchSeconds`. A
 * watch ends after that time.
 */
export class FakeApiServer {
  mood: Mood = 'well';
  token = 'first';
  /** As an overloaded server says it, in seconds. */
  retryAfter = '1';
  readonly asked: string[] = [];
  readonly watchSeconds: number[] = [];
  /** Events by name, as they are now. */
  readonly heldEvents = new Map<string, Readonly<Record<string, unknown>>>();
  private server: Server | null = null;
  private port = 0;
  private version = 100;
  /** Versions below it are forgotten. */
  private oldest = 100;
  private readonly objects = new Map<string, Held>();
  private readonly nodes = new Map<string, Readonly<Record<string, string>>>();
  /** What watches begin with while the server's cache lags behind. */
  private lagging: ReadonlyMap<string, Held> | null = null;
  private readonly events: { readonly version: number; readonly name: string; readonly event: object }[] = [];
  private readonly watchers = new Set<Watcher>();
  private readonly sockets = new Set<Socket>();
  private readonly past = { connections: 0, in: 0, out: 0 };

  constructor(
    private readonly identity: Identity = { key: tlsFixture('server.key'), cert: tlsFixture('server.crt') },
  ) {}

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  get openWatches(): number {
    return this.watchers.size;
  }

  /** Connections that were made, and bytes that came in and went out over them, with TLS and all. */
  get traffic(): { readonly connections: number; readonly in: number; readonly out: number } {
    const sum = { ...this.past };
    for (const { bytesRead, bytesWritten } of this.sockets)
      [sum.in, sum.out] = [sum.in + bytesRead, sum.out + bytesWritten];
    return sum;
  }

  /** On the same port as before, if there was one. */
  async start(): Promise<void> {
    const server = createServer(this.identity, (request, response) => void this.answer(request, response));
    server.on('connection', (socket: Socket) => this.note(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ port: this.port, host: '127.0.0.1', backlog: 4_096 }, resolve);
    });
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  private note(socket: Socket): void {
    this.sockets.add(socket);
    this.past.connections += 1;
    socket.once('close', () => {
      this.sockets.delete(socket);
      this.past.in += socket.bytesRead;
      this.past.out += socket.bytesWritten;
    });
  }

  /** As by KILL: connections break. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (server === null) return;
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    this.breakConnections();
    await closed;
  }

  breakConnections(): void {
    for (const socket of this.sockets) socket.destroy();
    this.watchers.clear();
  }

  endWatches(): void {
    for (const { response } of this.watchers) response.end();
    this.watchers.clear();
  }

  /** From now on watches cannot go on from before. */
  forget(): void {
    this.version += 1;
    this.oldest = this.version;
    this.events.length = 0;
  }

  /** From now on watches begin with the objects of this moment, till it catches up. */
  lag(): void {
    this.lagging = new Map(this.objects);
  }

  set(name: string, object: ConfigMap): void {
    this.version += 1;
    const type = this.objects.has(name) ? 'MODIFIED' : 'ADDED';
    this.objects.set(name, { object, version: this.version });
    this.tell(name, { type, object: this.full(name) });
  }

  setNode(name: string, labels: Readonly<Record<string, string>>): void {
    this.nodes.set(name, labels);
  }

  remove(name: string): void {
    if (!this.objects.has(name)) return;
    this.version += 1;
    const object = { ...this.full(name), metadata: { name, resourceVersion: String(this.version) } };
    this.objects.delete(name);
    this.tell(name, { type: 'DELETED', object });
  }

  bookmark(): void {
    this.version += 1;
    for (const { response } of this.watchers)
      write(response, {
        type: 'BOOKMARK',
        object: { kind: 'ConfigMap', metadata: { resourceVersion: String(this.version) } },
      });
  }

  private full(name: string, held = this.objects.get(name)): object {
    return {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name, namespace: 'ns', resourceVersion: String(held?.version) },
      ...held?.object,
    };
  }

  private tell(name: string, event: object): void {
    this.events.push({ version: this.version, name, event });
    for (const watcher of this.watchers) if (watcher.name === name) write(watcher.response, event);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    this.asked.push(`${request.method} ${url.pathname}${url.searchParams.has('watch') ? '?watch' : ''}`);
    const isWatch = url.searchParams.get('watch') === '1';
    if (this.mood === 'hangs') return;
    if (this.mood === 'html')
      return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome</html>');
    if (this.mood === 'stalls') return response.writeHead(500, { 'content-type': 'application/json' }).flushHeaders();
    if (this.mood === 'busy')
      return void response
        .writeHead(429, { 'content-type': 'text/plain; charset=utf-8', 'retry-after': this.retryAfter })
        .end('Too many requests, please try again later.\n');
    if (this.mood === 'balancer')
      return void response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>');
    if (this.mood === 'ill')
      return refuse(response, 503, 'ServiceUnavailable', 'the server is currently unable to handle the request');
    if (this.mood === 'token-refused' || request.headers.authorization !== `Bearer ${this.token}`)
      return refuse(response, 401, 'Unauthorized', 'Unauthorized');
    if (this.mood === 'forbidden' || (this.mood === 'watch-forbidden' && isWatch))
      return refuse(
        response,
        403,
        'Forbidden',
        `configmaps "settings" is forbidden: User "system:serviceaccount:kube-system:rdma-shared-dp" cannot ${isWatch ? 'watch' : 'get'} resource "configmaps" in API group "" in the namespace "ns"`,
      );
    if (request.method === 'POST' || request.method === 'PATCH') return await this.takeEvent(request, url, response);
    if (isWatch) return this.openWatch(url, response);
    const name = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    if (url.pathname.startsWith('/api/v1/nodes/')) return this.giveNode(name, request.headers.accept ?? '', response);
    if (!url.pathname.startsWith('/api/v1/namespaces/ns/configmaps/') || !this.objects.has(name))
      return refuse(response, 404, 'NotFound', `configmaps "${name}" not found`);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(this.full(name)));
  }

  /** Its metadata alone where that is asked for, as a server gives it. */
  private giveNode(name: string, accept: string, response: ServerResponse): void {
    const labels = this.nodes.get(name);
    if (this.mood === 'node-forbidden')
      return refuse(response, 403, 'Forbidden', `nodes "${name}" is forbidden: User "x" cannot get resource`);
    if (labels === undefined) return refuse(response, 404, 'NotFound', `nodes "${name}" not found`);
    const whole = accept.startsWith('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1')
      ? { kind: 'PartialObjectMetadata' }
      : { kind: 'Node', status: {} };
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ ...whole, metadata: { name, ...(Object.keys(labels).length === 0 ? {} : { labels }) } }));
  }

  private async takeEvent(request: IncomingMessage, url: URL, response: ServerResponse): Promise<void> {
    if (this.mood === 'events-forbidden') return refuse(response, 403, 'Forbidden', eventsForbidden);
    if (this.mood === 'events-invalid')
      return refuse(response, 422, 'Invalid', 'Event is invalid: involvedObject.name');
    let text = '';
    for await (const part of request) text += String(part);
    const sent = JSON.parse(text) as Record<string, unknown>;
    const [, name] = /^\/api\/v1\/namespaces\/default\/events(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
    if (request.method === 'POST') return this.createEvent(sent, response);
    const held = this.heldEvents.get(name ?? '');
    if (name === undefined || held === undefined)
      return refuse(response, 404, 'NotFound', `events "${name}" not found`);
    if (request.headers['content-type'] !== 'application/merge-patch+json')
      return refuse(response, 415, 'UnsupportedMediaType', 'no such patch');
    this.heldEvents.set(name, { ...held, ...sent });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...held, ...sent }));
  }

  private createEvent(sent: Record<string, unknown>, response: ServerResponse): void {
    const { name, namespace } = sent['metadata'] as { readonly name: string; readonly namespace: string };
    if (namespace !== 'default')
      return refuse(response, 400, 'BadRequest', 'the namespace of the object does not match that of the request');
    if (this.heldEvents.has(name)) return refuse(response, 409, 'AlreadyExists', `events "${name}" already exists`);
    this.heldEvents.set(name, sent);
    if (this.mood === 'silent-after-taking') return;
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(sent));
  }

  private openWatch(url: URL, response: ServerResponse): void {
    const name = /^metadata\.name=(.+)$/.exec(url.searchParams.get('fieldSelector') ?? '')?.[1];
    if (name === undefined) return refuse(response, 403, 'Forbidden', 'a watch needs a fieldSelector');
    const since = url.searchParams.get('resourceVersion');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (since !== null && Number(since) < this.oldest) {
      write(response, {
        type: 'ERROR',
        object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' },
      });
      return void response.end();
    }
    const first = (this.lagging ?? this.objects).get(name);
    if (since === null && first !== undefined) write(response, { type: 'ADDED', object: this.full(name, first) });
    for (const held of this.events)
      if (since !== null && held.version > Number(since) && held.name === name) write(response, held.event);
    this.keep({ response, name }, Number(url.searchParams.get('timeoutSeconds')));
  }

  private keep(watcher: Watcher, seconds: number): void {
    this.watchSeconds.push(seconds);
    this.watchers.add(watcher);
    const timer = setTimeout(() => {
      this.watchers.delete(watcher);
      watcher.response.end();
    }, seconds * 1_000).unref();
    watcher.response.once('close', () => {
      clearTimeout(timer);
      this.watchers.delete(watcher);
    });
  }
}

const eventsForbidden =
  'events is forbidden: User "system:serviceaccount:kube-system:rdma-shared-dp" cannot create resource "events" in API group "" in the namespace "default"';

function write(response: ServerResponse, event: object): void {
  response.write(`${JSON.stringify(event)}\n`);
}

function refuse(response: ServerResponse, code: number, reason: string, message: string): void {
  response
    .writeHead(code, { 'content-type': 'application/json' })
    .end(JSON.stringify({ kind: 'Status', status: 'Failure', code, reason, message }));
}
