// SPDX-License-Identifier: Apache-2.0
import { type KeyObject, generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { UnrecoverableError, until } from '../support/processes.ts';
import { ApiUser } from './api-user.ts';
import { auditPolicy } from './audit-log.ts';
import { directoryOfApiServer } from './programs.mjs';
import { ServerProcess } from './server-process.ts';

export const issuer = 'https://kubernetes.default.svc';

/**
 * A stock API server and its etcd on free ports of this machine, without controllers and nodes. RBAC is on, requests
 * are in an audit log, and tests have the key that signs its tokens.
 */
export class RealApiServer {
  readonly auditLog: string;
  readonly signingKey: KeyObject;
  private readonly directory = mkdtempSync(join(tmpdir(), 'rdma-apiserver-'));
  private readonly adminToken = randomUUID();
  private readonly etcd: ServerProcess;
  private readonly server: ServerProcess;
  private adminUser: ApiUser | null = null;

  private constructor(
    readonly url: URL,
    private readonly etcdUrl: string,
    private readonly etcdPeerUrl: string,
  ) {
    this.auditLog = this.path('audit.log');
    this.signingKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    writeFileSync(this.path('signing.key'), this.signingKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(this.path('users.csv'), `${this.adminToken},admin,admin,system:masters\n`);
    writeFileSync(this.path('audit-policy.json'), auditPolicy);
    this.etcd = new ServerProcess([join(directoryOfApiServer, 'etcd'), ...this.etcdFlags()], this.path('etcd.log'));
    this.server = new ServerProcess(
      [join(directoryOfApiServer, 'kube-apiserver'), ...this.serverFlags()],
      this.path('kube-apiserver.log'),
    );
  }

  static async start(): Promise<RealApiServer> {
    const [port, etcdPort, peerPort] = [await freePort(), await freePort(), await freePort()];
    const server = new RealApiServer(
      new URL(`https://127.0.0.1:${port}`),
      `http://127.0.0.1:${etcdPort}`,
      `http://127.0.0.1:${peerPort}`,
    );
    try {
      server.etcd.start();
      await server.startServer();
      await until(
        'the namespace kube-system exists',
        async () => (await server.admin.call('GET', '/api/v1/namespaces/kube-system')).status === 200,
      );
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** The self-signed certificate of the server as PEM. The server creates it at its first start. */
  get ca(): string {
    return readFileSync(this.path('certs/apiserver.crt'), 'utf8');
  }

  get admin(): ApiUser {
    this.adminUser ??= this.user(this.adminToken);
    return this.adminUser;
  }

  user(token: string): ApiUser {
    return new ApiUser(this.url, this.ca, token);
  }

  /** Resolves when the server reports that it is ready, to that time in ms. */
  async startServer(): Promise<number> {
    this.server.start();
    return await until('the API server is ready', async () => {
      for (const program of [this.etcd, this.server])
        if (!program.isRunning) throw new UnrecoverableError(`it exited: ${program.logEnd}`);
      return (await this.isReady()) && performance.now();
    });
  }

  /** Kills the server: its connections break, and its port is free. */
  async killServer(): Promise<void> {
    await this.server.kill();
  }

  /** Kills etcd under a running API server and restarts it. */
  async restartEtcd(): Promise<void> {
    await this.etcd.kill();
    this.etcd.start();
    await until('the API server reaches etcd again', () => this.isReady());
  }

  async close(): Promise<void> {
    this.adminUser?.close();
    await this.server.kill();
    await this.etcd.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The first attempt may read half of the certificate. */
  private async isReady(): Promise<boolean> {
    try {
      return (await this.admin.call('GET', '/readyz')).status === 200;
    } catch (error) {
      this.adminUser?.close();
      this.adminUser = null;
      throw error;
    }
  }

  private path(name: string): string {
    return join(this.directory, name);
  }

  private etcdFlags(): readonly string[] {
    return [
      ...[`--data-dir=${this.path('etcd')}`, '--log-level=warn'],
      // A killed etcd loses nothing without fsync. Only a crash of the machine would lose data.
      '--unsafe-no-fsync',
      ...[
        `--listen-client-urls=${this.etcdUrl}`,
        `--advertise-client-urls=${this.etcdUrl}`,
        `--listen-peer-urls=${this.etcdPeerUrl}`,
      ],
    ];
  }

  private serverFlags(): readonly string[] {
    return [
      ...[`--etcd-servers=${this.etcdUrl}`, `--cert-dir=${this.path('certs')}`],
      ...[`--bind-address=127.0.0.1`, '--advertise-address=127.0.0.1', `--secure-port=${this.url.port}`],
      ...['--service-cluster-ip-range=10.96.0.0/24', '--endpoint-reconciler-type=none'],
      ...[`--token-auth-file=${this.path('users.csv')}`, '--authorization-mode=Node,RBAC'],
      ...[
        `--service-account-issuer=${issuer}`,
        ...['key', 'signing-key'].map((kind) => `--service-account-${kind}-file=${this.path('signing.key')}`),
      ],
      ...[`--audit-policy-file=${this.path('audit-policy.json')}`, `--audit-log-path=${this.auditLog}`],
    ];
  }
}
