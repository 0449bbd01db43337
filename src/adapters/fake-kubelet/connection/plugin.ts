// SPDX-License-Identifier: Apache-2.0
import { finished } from 'node:stream/promises';
import type { ClientReadableStream } from '@grpc/grpc-js';
import type {
  ContainerAllocateResponse,
  Device,
  DevicePluginOptions,
  ListAndWatchResponse,
} from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { devicePluginService } from '#adapters/kubelet-api/services.ts';
import type { FakeKubeletSettings } from '../options.ts';
import { SocketConnection } from './socket.ts';

/** kubelet: KubeletPreStartContainerRPCTimeoutInSecs. The other calls have no limit. */
const PRE_START_LIMIT_MS = 30_000;

/** The kubelet's connection to one device plugin. */
export class PluginConnection extends SocketConnection {
  private list: ClientReadableStream<ListAndWatchResponse> | null = null;

  constructor(path: string, settings: FakeKubeletSettings) {
    super(path, 'localhost', settings);
  }

  options(): Promise<DevicePluginOptions> {
    return this.call('getDevicePluginOptions', devicePluginService.getDevicePluginOptions, {});
  }

  /** Calls `onList` for each list. Resolves when the stream has ended, for any reason. */
  async watch(onList: (devices: readonly Device[]) => void): Promise<void> {
    const { clock, faults } = this.settings;
    await faults.apply('listAndWatch', clock, undefined, () => this.readLists(onList)).catch(() => {});
  }

  async preferred(
    availableDeviceIDs: readonly string[],
    mustIncludeDeviceIDs: readonly string[],
    allocationSize: number,
  ): Promise<readonly string[]> {
    const request = { containerRequests: [{ availableDeviceIDs, mustIncludeDeviceIDs, allocationSize }] };
    const method = devicePluginService.getPreferredAllocation;
    const { containerResponses } = await this.call('getPreferredAllocation', method, request);
    return containerResponses[0]?.deviceIDs ?? [];
  }

  async allocate(devicesIds: readonly string[]): Promise<ContainerAllocateResponse> {
    const request = { containerRequests: [{ devicesIds }] };
    const { containerResponses } = await this.call('allocate', devicePluginService.allocate, request);
    const [response] = containerResponses;
    if (response === undefined) throw new Error('no containers return in allocation response {}');
    return response;
  }

  async preStart(devicesIds: readonly string[]): Promise<void> {
    const call = this.call('preStartContainer', devicePluginService.preStartContainer, { devicesIds });
    await this.within(PRE_START_LIMIT_MS, call);
  }

  get streaming(): boolean {
    return this.list !== null;
  }

  dropStream(): void {
    this.list?.cancel();
  }

  /** While reading is off, flow control stops the plugin's writes. */
  setReading(on: boolean): void {
    if (on) this.list?.resume();
    else this.list?.pause();
  }

  override close(): void {
    this.dropStream();
    super.close();
  }

  private async readLists(onList: (devices: readonly Device[]) => void): Promise<void> {
    const { path, requestSerialize, responseDeserialize } = devicePluginService.listAndWatch;
    this.list = this.client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {});
    this.list.on('data', ({ devices }: ListAndWatchResponse) => onList(devices));
    await finished(this.list).finally(() => {
      this.list = null;
    });
  }
}
