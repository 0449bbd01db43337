// SPDX-License-Identifier: Apache-2.0
import { Client, type ClientReadableStream, Metadata, type ServiceError, credentials, status } from '@grpc/grpc-js';
import type { Clock } from '#ports/clock.ts';
import type { KubeletFaults } from '../kubelet-faults.ts';
import { type WireMessage, type WireMethod, methodNamed } from './reference-codec.ts';
import { within } from '../time/within.ts';

/** What a connection needs of the kubelet that opens it. */
export interface ConnectionSettings {
  readonly clock: Clock;
  readonly faults: KubeletFaults;
  readonly userAgent: string;
}

/** kubelet client.go (dial) and operation_generator.go (dial). */
const DIAL_LIMIT_MS = 10_000;

/** A connection of its own to one Unix socket. */
export class SocketConnection {
  private readonly client: Client;

  /** `authority`: `localhost` towards device plugins; towards registry sockets grpc-go sends the encoded path. */
  constructor(
    readonly path: string,
    authority: string,
    private readonly settings: ConnectionSettings,
  ) {
    this.client = new Client(`unix:${path}`, credentials.createInsecure(), {
      'grpc.default_authority': authority,
      'grpc.primary_user_agent': settings.userAgent,
      // Else two connections to one path would be one connection, also after the socket was replaced.
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /** Resolves when the HTTP/2 preface was exchanged; retries meanwhile, for 10 s. */
  async dial(): Promise<void> {
    const { clock, faults } = this.settings;
    const ready = faults.apply('dial', clock, undefined, () => this.ready());
    await within(clock, DIAL_LIMIT_MS, ready, () => this.close());
  }

  /** Rejects with grpc-go's words for the status. */
  call(service: string, name: string, request: WireMessage): Promise<WireMessage> {
    const method = methodNamed(service, name);
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        new Metadata(),
        {},
        (error, response) => {
          if (error !== null) reject(asGoError(error));
          else resolve(response ?? {});
        },
      );
    });
  }

  stream(service: string, name: string, request: WireMessage): ClientReadableStream<WireMessage> {
    const method: WireMethod = methodNamed(service, name);
    return this.client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
    );
  }

  close(): void {
    this.client.close();
  }

  private ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.client.waitForReady(Infinity, (error) => (error === undefined ? resolve() : reject(error)));
    });
  }
}

export function asGoError(error: ServiceError): Error {
  const name = status[error.code] ?? String(error.code);
  const words = name.split('_').map((word) => word.charAt(0) + word.slice(1).toLowerCase());
  return new Error(`rpc error: code = ${words.join('')} desc = ${error.details}`);
}
