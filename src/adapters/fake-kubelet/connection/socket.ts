// SPDX-License-Identifier: Apache-2.0
import { Client, type MethodDefinition, type ServiceError, credentials, status } from '@grpc/grpc-js';
import { withDeadline } from '#timing/deadline.ts';
import type { KubeletRpc } from '../faults.ts';
import type { FakeKubeletSettings } from '../options.ts';

/** kubelet client.go (dial) and operation_generator.go (dial). */
const DIAL_LIMIT_MS = 10_000;

/** One gRPC connection of the kubelet to one Unix socket. */
export class SocketConnection {
  protected readonly client: Client;

  /** `authority` is `localhost` for device plugins; for registry sockets, grpc-go sends the encoded path. */
  constructor(
    readonly path: string,
    authority: string,
    protected readonly settings: FakeKubeletSettings,
  ) {
    this.client = new Client(`unix:${path}`, credentials.createInsecure(), {
      'grpc.default_authority': authority,
      'grpc.primary_user_agent': settings.switches.userAgent,
      // Without its own pool, a second connection to one path reuses the first, even after the socket was replaced.
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /** Resolves when the HTTP/2 prefaces are exchanged. Retries until then, and rejects after 10 s. */
  dial(): Promise<void> {
    const { clock, faults } = this.settings;
    const ready = faults.apply('dial', clock, undefined, () => this.ready());
    return this.within(DIAL_LIMIT_MS, ready);
  }

  close(): void {
    this.client.close();
  }

  /** Makes a unary call, subject to the next planned fault of `rpc`. Rejects with the error text of grpc-go. */
  protected call<Request, Response>(
    rpc: KubeletRpc,
    method: MethodDefinition<Request, Response>,
    request: Request,
  ): Promise<Response> {
    const { clock, faults } = this.settings;
    const empty = method.responseDeserialize(Buffer.alloc(0));
    return faults.apply(rpc, clock, empty, () => this.send(method, request));
  }

  /** Waits for `work`. Rejects after `limitMs` with Go's text for an expired deadline (context.DeadlineExceeded). */
  protected within<Result>(limitMs: number, work: Promise<Result>): Promise<Result> {
    return withDeadline(this.settings.clock, limitMs, work, () => {
      throw new Error('context deadline exceeded');
    });
  }

  private send<Request, Response>(
    { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Response>,
    request: Request,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, response) => {
        if (error !== null) reject(asGoError(error));
        else resolve(response ?? responseDeserialize(Buffer.alloc(0)));
      });
    });
  }

  private ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.client.waitForReady(Infinity, (error) => (error === undefined ? resolve() : reject(error)));
    });
  }
}

function asGoError(error: ServiceError): Error {
  const name = status[error.code] ?? String(error.code);
  const words = name.split('_').map((word) => word.charAt(0) + word.slice(1).toLowerCase());
  return new Error(`rpc error: code = ${words.join('')} desc = ${error.details}`);
}
