// SPDX-License-Identifier: Apache-2.0
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import type {
  AllocateRequest,
  AllocateResponse,
  Device,
  ListAndWatchResponse,
  PreferredAllocationRequest,
} from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import type { PluginInfo, RegistrationStatus } from '#adapters/kubelet-api/generated/pluginregistration/v1/api.ts';
import { devicePluginService, watcherRegistrationService } from '#adapters/kubelet-api/services.ts';

type Unary<Request, Response> = (call: ServerUnaryCall<Request, Response>, answer: sendUnaryData<Response>) => void;
type ListStream = ServerWritableStream<object, ListAndWatchResponse>;

export interface TestPluginOptions {
  readonly devices?: readonly Device[];
  readonly info?: Partial<PluginInfo>;
  readonly preferred?: (
    available: readonly string[],
    mustInclude: readonly string[],
    size: number,
  ) => readonly string[];
  readonly preStart?: (ids: readonly string[]) => void;
  readonly allocate?: (ids: readonly string[]) => Partial<AllocateResponse['containerResponses'][number]>;
  readonly notified?: (status: RegistrationStatus) => void;
}

export function devicesNamed(...ids: readonly string[]): Device[] {
  return ids.map((ID) => ({ ID, health: 'Healthy', topology: null }));
}

/** A device plugin on one socket, with both services, that behaves as the test's options say. */
export class TestPlugin {
  devices: readonly Device[];
  readonly allocated: (readonly string[])[] = [];
  readonly preferences: {
    readonly available: readonly string[];
    readonly mustInclude: readonly string[];
    readonly size: number;
  }[] = [];
  readonly authorities: string[] = [];
  readonly streams = new Set<ListStream>();
  private readonly server = new Server();

  constructor(
    readonly path: string,
    readonly resource: string,
    private readonly options: TestPluginOptions = {},
  ) {
    this.devices = options.devices ?? devicesNamed('a', 'b');
    this.server.addService(devicePluginService, {
      getDevicePluginOptions: this.recordingAuthority<object, object>((_request, answer) =>
        answer(null, {
          preStartRequired: options.preStart !== undefined,
          getPreferredAllocationAvailable: options.preferred !== undefined,
        }),
      ),
      listAndWatch: (call: ListStream) => {
        this.streams.add(call);
        call.on('cancelled', () => this.streams.delete(call));
        call.write({ devices: this.devices });
      },
      getPreferredAllocation: this.recordingAuthority<PreferredAllocationRequest, object>((request, answer) => {
        const [
          { availableDeviceIDs, mustIncludeDeviceIDs, allocationSize } = {
            availableDeviceIDs: [],
            mustIncludeDeviceIDs: [],
            allocationSize: 0,
          },
        ] = request.containerRequests;
        this.preferences.push({
          available: availableDeviceIDs,
          mustInclude: mustIncludeDeviceIDs,
          size: allocationSize,
        });
        const deviceIDs = options.preferred?.(availableDeviceIDs, mustIncludeDeviceIDs, allocationSize) ?? [];
        answer(null, { containerResponses: [{ deviceIDs }] });
      }),
      allocate: this.recordingAuthority<AllocateRequest, AllocateResponse>((request, answer) =>
        this.allocate(request, answer),
      ),
      preStartContainer: this.recordingAuthority<{ devicesIds: readonly string[] }, object>((request, answer) => {
        options.preStart?.(request.devicesIds);
        answer(null, {});
      }),
    });
    this.server.addService(watcherRegistrationService, {
      getInfo: this.recordingAuthority<object, PluginInfo>((_request, answer) =>
        answer(null, {
          type: 'DevicePlugin',
          name: resource,
          endpoint: '',
          supportedVersions: ['v1alpha1', 'v1beta1'],
          ...options.info,
        }),
      ),
      notifyRegistrationStatus: this.recordingAuthority<RegistrationStatus, object>((request, answer) => {
        options.notified?.(request);
        answer(null, {});
      }),
    });
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.bindAsync(`unix:${this.path}`, ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      );
    });
  }

  send(devices: readonly Device[]): void {
    this.devices = devices;
    for (const stream of this.streams) stream.write({ devices });
  }

  /** Kills the plugin: streams break, and Node removes the socket file. */
  close(): void {
    this.server.forceShutdown();
  }

  private recordingAuthority<Request, Response>(
    handle: (request: Request, answer: sendUnaryData<Response>) => void,
  ): Unary<Request, Response> {
    return (call, answer) => {
      this.authorities.push(call.getHost());
      handle(call.request, answer);
    };
  }

  private allocate(request: AllocateRequest, answer: sendUnaryData<AllocateResponse>): void {
    const ids = request.containerRequests.flatMap(({ devicesIds }) => devicesIds);
    this.allocated.push(ids);
    try {
      const response = this.options.allocate?.(ids) ?? {};
      answer(null, {
        containerResponses: [{ envs: {}, mounts: [], devices: [], annotations: {}, cdiDevices: [], ...response }],
      });
    } catch (error) {
      answer(error instanceof Error ? { code: 2, details: error.message } : {});
    }
  }
}
