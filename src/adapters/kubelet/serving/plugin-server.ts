// SPDX-License-Identifier: Apache-2.0
import { promisify } from 'node:util';
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
import { messageOf } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import { withDeadline } from '#timing/deadline.ts';
import type {
  AllocateRequest,
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

// Errors go to our own log. grpc-js would write lines in another format to stderr.
setLogVerbosity(logVerbosity.NONE);

/** What a server reports to its owner. None is called after `close`. */
export interface PluginServerEvents {
  readonly listOpened: () => void;
  /** The last open list stream ended. */
  readonly listEnded: () => void;
  readonly infoRequested: () => void;
  /** `error` is null if the plugin watcher accepted the plugin. */
  readonly registrationNotified: (error: string | null) => void;
  /** An Allocate was answered, after so many seconds. */
  readonly granted: (seconds: number) => void;
  readonly refused: (seconds: number, reason: string) => void;
}

type ListCall = ServerWritableStream<unknown, Uint8Array>;
type Unary<Request, Response> = (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => void;

const answerEmpty: Unary<unknown, object> = (_call, callback) => callback(null, {});

/**
 * Serves one resource on one fresh Unix socket: the device plugin service and the registration service of the plugin
 * watcher, so that the socket works in either of the kubelet's directories.
 */
export class PluginServer {
  private readonly server = new Server();
  private readonly streams = new Set<ListStream>();
  private closed = false;

  constructor(
    private readonly socketPath: string,
    private readonly answers: ResourceAnswers,
    private readonly events: PluginServerEvents,
    private readonly clock: Clock,
  ) {
    this.server.addService(devicePluginService, this.devicePlugin());
    this.server.addService(watcherRegistrationService, this.watcherRegistration());
  }

  /** Rejects with the error of the operating system if the socket cannot be created. */
  async listen(): Promise<void> {
    const bind = promisify(this.server.bindAsync.bind(this.server));
    await bind(`unix:${this.socketPath}`, ServerCredentials.createInsecure());
  }

  /** Sends the newest list on every open stream. */
  sendList(): void {
    for (const stream of this.streams) stream.send(this.answers.list);
  }

  /**
   * Closes the listener at once (Node unlinks its path), lets calls under way finish, and aborts the rest after
   * `graceMs`. A forced shutdown at once is not safe: Node 20 to 24 can loop until memory runs out if a session is
   * destroyed while a reset by the peer and the trailers of an answer are both pending (nodejs/node issue 52952).
   */
  async close(graceMs: number): Promise<void> {
    this.closed = true;
    for (const stream of this.streams) stream.end();
    const closed = new Promise<void>((resolve) => {
      this.server.tryShutdown(() => resolve());
    });
    await withDeadline(this.clock, graceMs, closed, () => this.server.forceShutdown());
  }

  private devicePlugin(): UntypedServiceImplementation {
    const getDevicePluginOptions: Unary<unknown, object> = (_call, callback) => callback(null, this.answers.options);
    const getPreferredAllocation: Unary<PreferredAllocationRequest, object> = ({ request }, callback) =>
      callback(null, this.answers.prefer(request));
    const allocate: Unary<AllocateRequest, Uint8Array> = ({ request }, callback) => {
      const askedAt = this.clock.now();
      const secondsTaken = (): number => (this.clock.now() - askedAt) / 1000;
      this.answers.allocate(request).then(
        (response) => {
          callback(null, response);
          this.report(() => this.events.granted(secondsTaken()));
        },
        (error: unknown) => {
          const reason = this.refuse(error, callback);
          this.report(() => this.events.refused(secondsTaken(), reason));
        },
      );
    };
    const listAndWatch = (call: ListCall): void => this.openList(call);
    return { getDevicePluginOptions, listAndWatch, getPreferredAllocation, allocate, preStartContainer: answerEmpty };
  }

  private watcherRegistration(): UntypedServiceImplementation {
    const getInfo: Unary<unknown, object> = (_call, callback) => {
      callback(null, this.info());
      this.report(() => this.events.infoRequested());
    };
    // Never answers with an error, which would end the registration (pluginmanager, operation_generator.go).
    const notifyRegistrationStatus: Unary<RegistrationStatus, object> = ({ request }, callback) => {
      callback(null, {});
      const reason = request.pluginRegistered ? null : request.error || 'the kubelet gave no reason';
      this.report(() => this.events.registrationNotified(reason));
    };
    return { getInfo, notifyRegistrationStatus };
  }

  /** An empty endpoint means that the plugin serves on this socket too (pluginmanager, operation_generator.go). */
  private info(): object {
    const { resource } = this.answers.offer;
    return { type: DEVICE_PLUGIN_TYPE, name: resource, endpoint: '', supportedVersions: [DEVICE_PLUGIN_API_VERSION] };
  }

  private openList(call: ListCall): void {
    const stream = new ListStream(call);
    this.streams.add(stream);
    const onEnd = (): void => this.listEnded(stream);
    call.on('cancelled', onEnd).on('error', onEnd).on('close', onEnd);
    stream.send(this.answers.list);
    this.report(() => this.events.listOpened());
  }

  private listEnded(stream: ListStream): void {
    if (!this.streams.delete(stream)) return;
    stream.end();
    if (this.streams.size === 0) this.report(() => this.events.listEnded());
  }

  /** Returns the reason that the kubelet is told. */
  private refuse(error: unknown, callback: sendUnaryData<Uint8Array>): string {
    const reason = messageOf(error);
    callback({
      code: error instanceof AllocationRefused ? status.FAILED_PRECONDITION : status.INTERNAL,
      details: reason,
    });
    return reason;
  }

  private report(event: () => void): void {
    if (!this.closed) event();
  }
}
