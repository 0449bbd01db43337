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

/** What the server does instead of its work. */
export type Mood = 'well' | 'hangs' | 'html' | 'forbidden' | 'watch-forbidden' | 'token-refused' | 'ill';

/**
 * The part of an API server that the settings need: one namespace of ConfigMaps with get and watch, resource versions, bookmarks, 410, and
 * tokens. What it was asked is in `asked`.
 */
export class FakeApiServer {
  mood: Mood = 'well';
  token = 'first';
  readonly asked: string[] = [];
  readonly posted: unknown[] = [];
  private server: Server | null = null;
  private port = 0;
  private version = 100;
  /** Versions below it are forgotten. */
  private oldest = 100;
  private readonly objects = new Map<string, { readonly object: ConfigMap; readonly version: number }>();
  private readonly nodes = new Map<string, Readonly<Record<string, string>>>();
  private readonly events: { readonly version: number; readonly name: string; readonly event: object }[] = [];
  private readonly watchers = new Set<Watcher>();
  private readonly sockets = new Set<Socket>();

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  get openWatches(): number {
    return this.watchers.size;
  }

  /** On the same port as before, if there was one. */
  async start(): Promise<void> {
    const server = createServer({ key: tlsFixture('server.key'), cert: tlsFixture('server.crt') }, (request, response) => void this.answer(request, response));
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.port, '127.0.0.1', resolve);
    });
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
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
    for (const { response } of this.watchers) write(response, { type: 'BOOKMARK', object: { kind: 'ConfigMap', metadata: { resourceVersion: String(this.version) } } });
  }

  private full(name: string): object {
    const held = this.objects.get(name);
    return { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace: 'ns', resourceVersion: String(held?.version) }, ...held?.object };
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
    if (this.mood === 'html') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome</html>');
    if (this.mood === 'ill') return refuse(response, 503, 'ServiceUnavailable', 'the server is currently unable to handle the request');
    if (this.mood === 'token-refused' || request.headers.authorization !== `Bearer ${this.token}`) return refuse(response, 401, 'Unauthorized', 'Unauthorized');
    if (this.mood === 'forbidden' || (this.mood === 'watch-forbidden' && isWatch)) return refuse(response, 403, 'Forbidden', 'configmaps "settings" is forbidden: User "x" cannot get resource');
    if (request.method === 'POST') return await this.take(request, response);
    if (isWatch) return this.openWatch(url, response);
    const name = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    if (url.pathname.startsWith('/api/v1/nodes/')) return this.giveNode(name, request.headers.accept ?? '', response);
    if (!url.pathname.startsWith('/api/v1/namespaces/ns/configmaps/') || !this.objects.has(name)) return refuse(response, 404, 'NotFound', `configmaps "${name}" not found`);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(this.full(name)));
  }

  /** Its metadata alone where that is asked for, as a server gives it. */
  private giveNode(name: string, accept: string, response: ServerResponse): void {
    const labels = this.nodes.get(name);
    if (labels === undefined) return refuse(response, 404, 'NotFound', `nodes "${name}" not found`);
    const whole = accept.startsWith('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1') ? { kind: 'PartialObjectMetadata' } : { kind: 'Node', status: {} };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...whole, metadata: { name, ...(Object.keys(labels).length === 0 ? {} : { labels }) } }));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const part of request) text += String(part);
    this.posted.push(JSON.parse(text));
    response.writeHead(201, { 'content-type': 'application/json' }).end(text);
  }

  private openWatch(url: URL, response: ServerResponse): void {
    const name = /^metadata\.name=(.+)$/.exec(url.searchParams.get('fieldSelector') ?? '')?.[1];
    if (name === undefined) return refuse(response, 403, 'Forbidden', 'a watch needs a fieldSelector');
    const since = url.searchParams.get('resourceVersion');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (since !== null && Number(since) < this.oldest) {
      write(response, { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' } });
      return void response.end();
    }
    if (since === null && this.objects.has(name)) write(response, { type: 'ADDED', object: this.full(name) });
    for (const held of this.events) if (since !== null && held.version > Number(since) && held.name === name) write(response, held.event);
    const watcher = { response, name };
    this.watchers.add(watcher);
    response.once('close', () => this.watchers.delete(watcher));
  }
}

function write(response: ServerResponse, event: object): void {
  response.write(`${JSON.stringify(event)}\n`);
}

function refuse(response: ServerResponse, code: number, reason: string, message: string): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify({ kind: 'Status', status: 'Failure', code, reason, message }));
}
