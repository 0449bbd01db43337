// SPDX-License-Identifier: Apache-2.0
import { messageOf } from '#domain/problem/problem.ts';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type UntypedServiceImplementation,
  logVerbosity,
  type sendUnaryData,
  setLogVerbosity,
  status,
} from '@grpc/grpc-js';
import type { Clock } from '#ports/clock.ts';
import type {
  AllocateRequest,
  AllocateResponse,
  PreferredAllocationRequest,
} from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import type { RegistrationStatus } from '#adapters/kubelet-api/generated/pluginregistration/v1/api.ts';
import { ListStream } from './list-stream.ts';
import { AllocationRefused, type ResourceAnswers } from './resource-answers.ts';
import {
  DEVICE_PLUGIN_API_VERSION,
  DEVICE_PLUGIN_TYPE,
  devicePluginService,
  watcherRegistrationService,
} from '#adapters/kubelet-api/services.ts';

// What goes wrong is told by our own log, in its own form; grpc-js would write lines of its own to stderr beside it.
setLogVerbosity(logVerbosity.NONE);

/** What a server tells its owner. None is called after `close`. */
export interface PluginServerEvents {
  readonly listOpened: () => void;
  /** The last open list stream ended. */
  readonly listEnded: () => void;
  readonly infoAsked: () => void;
  /** The plugin watcher's verdict: null when it took the plugin, else its error. */
  readonly registrationNotified: (error: string | null) => void;
  readonly granted: () => void;
  readonly refused: (reason: string) => void;
}

type ListCall = ServerWritableStream<unknown, Uint8Array>;
type Unary<Request, Response> = (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => void;

/** A handler that answers the same to everybody. */
const nothing: Unary<unknown, object> = (_call, callback) => callback(null, {});

/**
 * Serves one resource on one fresh Unix socket: the device plugin service, and beside it the plugin watcher's
 * registration service, so that the socket can stand in either of the kubelet's directories.
 */
export class PluginServer {
  private readonly server = new Server();
  private readonly streams = new Set<ListStream>();
  private closed = false;

  constructor(
    private readonly socketPath: string,
    private readonly answers: ResourceAnswers,
    private readonly events: PluginServerEvents,
  ) {
    this.server.addService(devicePluginService, this.devicePlugin());
    this.server.addService(watcherRegistrationService, this.watcherRegistration());
  }

  /** Rejects with the operating system's error when the socket can't be made. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.bindAsync(`unix:${this.socketPath}`, ServerCredentials.createInsecure(), (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  /** Sends the newest list on every open stream. */
  sendList(): void {
    for (const stream of this.streams) stream.send(this.answers.list);
  }

  /**
   * Closes the listener at once (Node unlinks its path), lets calls that are under way finish, and after `graceMs` breaks the
   * rest. Not a forced shutdown from the outset: Node 20 to 24 can loop till memory ends when a session is destroyed while
   * a peer's reset and an answer's trailers are both pending on it (nodejs/node issue 52952).
   */
  async close(clock: Clock, graceMs: number): Promise<void> {
    this.closed = true;
    for (const stream of this.streams) stream.end();
    await new Promise<void>((resolve) => {
      const cancel = clock.after(graceMs, () => {
        this.server.forceShutdown();
        resolve();
      });
      this.server.tryShutdown(() => {
        cancel();
        resolve();
      });
    });
  }

  private devicePlugin(): UntypedServiceImplementation {
    return {
      getDevicePluginOptions: (_call: unknown, callback: sendUnaryData<object>) => callback(null, this.answers.options),
      listAndWatch: (call: ListCall) => this.openList(call),
      getPreferredAllocation: (
        call: ServerUnaryCall<PreferredAllocationRequest, object>,
        callback: sendUnaryData<object>,
      ) => callback(null, this.answers.prefer(call.request)),
      allocate: (call: ServerUnaryCall<AllocateRequest, AllocateResponse>, callback: sendUnaryData<Uint8Array>) => {
        this.answers.allocate(call.request).then(
          (response) => {
            callback(null, response);
            this.tell(() => this.events.granted());
          },
          (error: unknown) => this.refuse(error, callback),
        );
      },
      preStartContainer: nothing,
    };
  }

  private watcherRegistration(): UntypedServiceImplementation {
    return {
      getInfo: (_call: unknown, callback: sendUnaryData<object>) => {
        callback(null, this.info());
        this.tell(() => this.events.infoAsked());
      },
      // Always answered well: an error here costs the registration (pluginmanager, operation_generator.go).
      notifyRegistrationStatus: (
        call: ServerUnaryCall<RegistrationStatus, object>,
        callback: sendUnaryData<object>,
      ) => {
        callback(null, {});
        const { pluginRegistered, error } = call.request;
        this.tell(() => this.events.registrationNotified(pluginRegistered ? null : error || 'no reason given'));
      },
    };
  }

  /** An empty endpoint means the registration socket itself (pluginmanager, operation_generator.go). */
  private info(): object {
    const { resource } = this.answers.offer;
    return { type: DEVICE_PLUGIN_TYPE, name: resource, endpoint: '', supportedVersions: [DEVICE_PLUGIN_API_VERSION] };
  }

  private openList(call: ListCall): void {
    const stream = new ListStream(call);
    this.streams.add(stream);
    const ended = (): void => this.endList(stream);
    call.on('cancelled', ended).on('error', ended).on('close', ended);
    stream.send(this.answers.list);
    this.tell(() => this.events.listOpened());
  }

  private endList(stream: ListStream): void {
    if (!this.streams.delete(stream)) return;
    stream.end();
    if (this.streams.size === 0) this.tell(() => this.events.listEnded());
  }

  private refuse(error: unknown, callback: sendUnaryData<Uint8Array>): void {
    const reason = messageOf(error);
    callback({
      code: error instanceof AllocationRefused ? status.FAILED_PRECONDITION : status.INTERNAL,
      details: reason,
    });
    this.tell(() => this.events.refused(reason));
  }

  private tell(event: () => void): void {
    if (!this.closed) event();
  }
}
