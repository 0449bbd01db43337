// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Server, createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { ClusterAccess } from '#adapters/kubernetes/api/cluster-access.ts';

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

interface StoredConfigMap {
  readonly object: ConfigMap;
  readonly version: number;
}

/** PEM. */
export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
}

/**
 * What the server does instead of its work. `hangs`: it never responds. `stalls`: it sends the head of a response only.
 * `overloaded`: 429. `unavailable`: 503. `bad-gateway`: a load balancer responds for it. `silent-after-create`: it
 * creates an Event and does not respond.
 */
export type ServerMode =
  | 'healthy'
  | 'hangs'
  | 'stalls'
  | 'overloaded'
  | 'html'
  | 'forbidden'
  | 'watch-forbidden'
  | 'node-forbidden'
  | 'token-rejected'
  | 'unavailable'
  | 'bad-gateway'
  | 'events-forbidden'
  | 'events-invalid'
  | 'silent-after-create';

/**
 * The part of an API server that the program needs: get and watch of the ConfigMaps of one namespace, with resource
 * versions, bookmarks, 410 and tokens; get of Nodes; create and patch of Events. It records the requests, and the
 * timeouts of the watches. A watch ends after its timeout.
 */
export class FakeApiServer {
  mode: ServerMode = 'healthy';
  token = 'first';
  /** The Retry-After header of an overloaded server, in seconds. */
  retryAfter = '1';
  /** Method and path of each request, with `?watch` for a watch. */
  readonly requests: string[] = [];
  readonly watchSeconds: number[] = [];
  /** Events by name. */
  readonly storedEvents = new Map<string, Readonly<Record<string, unknown>>>();
  private server: Server | null = null;
  private port = 0;
  private version = 100;
  /** A watch cannot resume from a version below this one. */
  private oldestVersion = 100;
  private readonly objects = new Map<string, StoredConfigMap>();
  private readonly nodes = new Map<string, Readonly<Record<string, string>>>();
  /** The objects that watches begin with while the server's cache lags behind; null if it does not. */
  private laggingObjects: ReadonlyMap<string, StoredConfigMap> | null = null;
  private readonly events: { readonly version: number; readonly name: string; readonly event: object }[] = [];
  private readonly watchers = new Set<Watcher>();
  private readonly sockets = new Set<Socket>();
  private readonly closedTraffic = { connections: 0, in: 0, out: 0 };

  constructor(
    private readonly certificate: ServerCertificate = { key: tlsFixture('server.key'), cert: tlsFixture('server.crt') },
  ) {}

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** Returns access to this server with its current token. `ca` is called at each use and returns PEM. */
  access(ca: () => string = () => tlsFixture('ca.crt')): ClusterAccess {
    const credentials = () => Promise.resolve({ ca: ca(), token: this.token, rejectUnauthorized: true });
    return { server: new URL(this.url), namespace: 'ns', credentials };
  }

  get openWatches(): number {
    return this.watchers.size;
  }

  /** How many connections were made, and the bytes received and sent over them, including TLS. */
  get traffic(): { readonly connections: number; readonly in: number; readonly out: number } {
    const sum = { ...this.closedTraffic };
    for (const { bytesRead, bytesWritten } of this.sockets)
      [sum.in, sum.out] = [sum.in + bytesRead, sum.out + bytesWritten];
    return sum;
  }

  /** Starts the server, after a stop on the same port. */
  async start(): Promise<void> {
    const server = createServer(this.certificate, (request, response) => void this.respond(request, response));
    server.on('connection', (socket: Socket) => this.countTraffic(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ port: this.port, host: '127.0.0.1', backlog: 4_096 }, resolve);
    });
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  private countTraffic(socket: Socket): void {
    this.sockets.add(socket);
    this.closedTraffic.connections += 1;
    socket.once('close', () => {
      this.sockets.delete(socket);
      this.closedTraffic.in += socket.bytesRead;
      this.closedTraffic.out += socket.bytesWritten;
    });
  }

  /** Stops the server like SIGKILL: its connections break. */
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

  /** From now on, no watch can resume from an earlier version. */
  forgetVersions(): void {
    this.version += 1;
    this.oldestVersion = this.version;
    this.events.length = 0;
  }

  /** From now on, watches begin with the objects of this moment. */
  lag(): void {
    this.laggingObjects = new Map(this.objects);
  }

  set(name: string, object: ConfigMap): void {
    this.version += 1;
    const type = this.objects.has(name) ? 'MODIFIED' : 'ADDED';
    this.objects.set(name, { object, version: this.version });
    this.publish(name, { type, object: this.objectOf(name) });
  }

  setNode(name: string, labels: Readonly<Record<string, string>>): void {
    this.nodes.set(name, labels);
  }

  remove(name: string): void {
    if (!this.objects.has(name)) return;
    this.version += 1;
    const object = { ...this.objectOf(name), metadata: { name, resourceVersion: String(this.version) } };
    this.objects.delete(name);
    this.publish(name, { type: 'DELETED', object });
  }

  /** Sends a text to all watches as it is. */
  sendToWatches(text: string): void {
    for (const { response } of this.watchers) response.write(text);
  }

  bookmark(): void {
    this.version += 1;
    for (const { response } of this.watchers)
      write(response, {
        type: 'BOOKMARK',
        object: { kind: 'ConfigMap', metadata: { resourceVersion: String(this.version) } },
      });
  }

  private objectOf(name: string, stored = this.objects.get(name)): object {
    return {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name, namespace: 'ns', resourceVersion: String(stored?.version) },
      ...stored?.object,
    };
  }

  private publish(name: string, event: object): void {
    this.events.push({ version: this.version, name, event });
    for (const watcher of this.watchers) if (watcher.name === name) write(watcher.response, event);
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    this.requests.push(`${request.method} ${url.pathname}${url.searchParams.has('watch') ? '?watch' : ''}`);
    const isWatch = url.searchParams.get('watch') === '1';
    if (this.mode === 'hangs') return;
    if (this.mode === 'html')
      return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome</html>');
    if (this.mode === 'stalls') return response.writeHead(500, { 'content-type': 'application/json' }).flushHeaders();
    if (this.mode === 'overloaded')
      return void response
        .writeHead(429, { 'content-type': 'text/plain; charset=utf-8', 'retry-after': this.retryAfter })
        .end('Too many requests, please try again later.\n');
    if (this.mode === 'bad-gateway')
      return void response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>');
    if (this.mode === 'unavailable')
      return sendStatus(response, 503, 'ServiceUnavailable', 'the server is currently unable to handle the request');
    if (this.mode === 'token-rejected' || request.headers.authorization !== `Bearer ${this.token}`)
      return sendStatus(response, 401, 'Unauthorized', 'Unauthorized');
    if (this.mode === 'forbidden' || (this.mode === 'watch-forbidden' && isWatch))
      return sendStatus(
        response,
        403,
        'Forbidden',
        `configmaps "settings" is forbidden: User "system:serviceaccount:kube-system:rdma-shared-dp" cannot ${isWatch ? 'watch' : 'get'} resource "configmaps" in API group "" in the namespace "ns"`,
      );
    if (request.method === 'POST' || request.method === 'PATCH') return await this.handleEvent(request, url, response);
    if (isWatch) return this.openWatch(url, response);
    const name = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    if (url.pathname.startsWith('/api/v1/nodes/')) return this.sendNode(name, request.headers.accept ?? '', response);
    if (!url.pathname.startsWith('/api/v1/namespaces/ns/configmaps/') || !this.objects.has(name))
      return sendStatus(response, 404, 'NotFound', `configmaps "${name}" not found`);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(this.objectOf(name)));
  }

  /** Sends the metadata only if the request asks for that. */
  private sendNode(name: string, accept: string, response: ServerResponse): void {
    const labels = this.nodes.get(name);
    if (this.mode === 'node-forbidden')
      return sendStatus(response, 403, 'Forbidden', `nodes "${name}" is forbidden: User "x" cannot get resource`);
    if (labels === undefined) return sendStatus(response, 404, 'NotFound', `nodes "${name}" not found`);
    const node = accept.startsWith('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1')
      ? { kind: 'PartialObjectMetadata' }
      : { kind: 'Node', status: {} };
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ ...node, metadata: { name, ...(Object.keys(labels).length === 0 ? {} : { labels }) } }));
  }

  private async handleEvent(request: IncomingMessage, url: URL, response: ServerResponse): Promise<void> {
    if (this.mode === 'events-forbidden') return sendStatus(response, 403, 'Forbidden', eventsForbiddenMessage);
    if (this.mode === 'events-invalid')
      return sendStatus(response, 422, 'Invalid', 'Event is invalid: involvedObject.name');
    let text = '';
    for await (const part of request) text += String(part);
    const sent = JSON.parse(text) as Record<string, unknown>;
    const [, name] = /^\/api\/v1\/namespaces\/default\/events(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
    if (request.method === 'POST') return this.createEvent(sent, response);
    const stored = this.storedEvents.get(name ?? '');
    if (name === undefined || stored === undefined)
      return sendStatus(response, 404, 'NotFound', `events "${name}" not found`);
    if (request.headers['content-type'] !== 'application/merge-patch+json')
      return sendStatus(response, 415, 'UnsupportedMediaType', 'the patch type is not supported');
    this.storedEvents.set(name, { ...stored, ...sent });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...stored, ...sent }));
  }

  private createEvent(sent: Record<string, unknown>, response: ServerResponse): void {
    const { name, namespace } = sent['metadata'] as { readonly name: string; readonly namespace: string };
    if (namespace !== 'default')
      return sendStatus(response, 400, 'BadRequest', 'the namespace of the object does not match that of the request');
    if (this.storedEvents.has(name))
      return sendStatus(response, 409, 'AlreadyExists', `events "${name}" already exists`);
    this.storedEvents.set(name, sent);
    if (this.mode === 'silent-after-create') return;
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(sent));
  }

  private openWatch(url: URL, response: ServerResponse): void {
    const name = /^metadata\.name=(.+)$/.exec(url.searchParams.get('fieldSelector') ?? '')?.[1];
    if (name === undefined) return sendStatus(response, 403, 'Forbidden', 'the watch has no fieldSelector');
    const since = url.searchParams.get('resourceVersion');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (since !== null && Number(since) < this.oldestVersion) {
      write(response, {
        type: 'ERROR',
        object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' },
      });
      return void response.end();
    }
    const first = (this.laggingObjects ?? this.objects).get(name);
    if (since === null && first !== undefined) write(response, { type: 'ADDED', object: this.objectOf(name, first) });
    for (const { version, name: changed, event } of this.events)
      if (since !== null && version > Number(since) && changed === name) write(response, event);
    this.addWatcher({ response, name }, Number(url.searchParams.get('timeoutSeconds')));
  }

  private addWatcher(watcher: Watcher, seconds: number): void {
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

const eventsForbiddenMessage =
  'events is forbidden: User "system:serviceaccount:kube-system:rdma-shared-dp" cannot create resource "events" in API group "" in the namespace "default"';

function write(response: ServerResponse, event: object): void {
  response.write(`${JSON.stringify(event)}\n`);
}

function sendStatus(response: ServerResponse, code: number, reason: string, message: string): void {
  response
    .writeHead(code, { 'content-type': 'application/json' })
    .end(JSON.stringify({ kind: 'Status', status: 'Failure', code, reason, message }));
}
