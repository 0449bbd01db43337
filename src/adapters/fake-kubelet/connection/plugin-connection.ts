// SPDX-License-Identifier: Apache-2.0
import type { ClientReadableStream } from '@grpc/grpc-js';
import { flagField, messageField, messagesField, numberField, textField, textsField } from './message-fields.ts';
import type { WireMessage } from './reference-codec.ts';
import { type ConnectionSettings, SocketConnection } from './socket-connection.ts';
import { within } from '../time/within.ts';

export interface ListedDevice {
  readonly id: string;
  readonly health: string;
  /** Empty where the plugin names none. */
  readonly numaNodes: readonly number[];
}

export interface PluginOptions {
  readonly preStartRequired: boolean;
  readonly preferredAllocation: boolean;
}

const SERVICE = 'v1beta1.DevicePlugin';
/** kubelet: KubeletPreStartContainerRPCTimeoutInSecs. The other calls have no limit. */
const PRE_START_LIMIT_MS = 30_000;

/** The kubelet's end of one device plugin's socket. */
export class PluginConnection {
  private readonly socket: SocketConnection;
  private list: ClientReadableStream<WireMessage> | null = null;

  constructor(
    readonly path: string,
    private readonly settings: ConnectionSettings,
  ) {
    this.socket = new SocketConnection(path, 'localhost', settings);
  }

  dial(): Promise<void> {
    return this.socket.dial();
  }

  async options(): Promise<PluginOptions> {
    const { clock, faults } = this.settings;
    const work = (): Promise<WireMessage> => this.socket.call(SERVICE, 'GetDevicePluginOptions', {});
    const answer = await faults.apply<WireMessage>('getDevicePluginOptions', clock, {}, work);
    return {
      preStartRequired: flagField(answer, 'preStartRequired'),
      preferredAllocation: flagField(answer, 'getPreferredAllocationAvailable'),
    };
  }

  /** Calls back for each list; resolves when the stream has ended, for whatever reason. */
  async watch(onList: (devices: readonly ListedDevice[]) => void): Promise<void> {
    const { clock, faults } = this.settings;
    await faults.apply('listAndWatch', clock, undefined, () => this.readLists(onList)).catch(() => {});
  }

  async preferred(
    available: readonly string[],
    mustInclude: readonly string[],
    size: number,
  ): Promise<readonly string[]> {
    const { clock, faults } = this.settings;
    const request = {
      containerRequests: [{ availableDeviceIDs: available, mustIncludeDeviceIDs: mustInclude, allocationSize: size }],
    };
    const work = (): Promise<WireMessage> => this.socket.call(SERVICE, 'GetPreferredAllocation', request);
    const answer = await faults.apply<WireMessage>('getPreferredAllocation', clock, {}, work);
    const [first] = messagesField(answer, 'containerResponses');
    return first === undefined ? [] : textsField(first, 'deviceIDs');
  }

  /** The ContainerAllocateResponse. */
  async allocate(ids: readonly string[]): Promise<WireMessage> {
    const { clock, faults } = this.settings;
    const work = (): Promise<WireMessage> =>
      this.socket.call(SERVICE, 'Allocate', { containerRequests: [{ devicesIds: ids }] });
    const answer = await faults.apply<WireMessage>('allocate', clock, {}, work);
    const [first] = messagesField(answer, 'containerResponses');
    if (first === undefined) throw new Error('no containers return in allocation response {}');
    return first;
  }

  async preStart(ids: readonly string[]): Promise<void> {
    const { clock, faults } = this.settings;
    const work = (): Promise<WireMessage> => this.socket.call(SERVICE, 'PreStartContainer', { devicesIds: ids });
    await within(clock, PRE_START_LIMIT_MS, faults.apply<WireMessage>('preStartContainer', clock, {}, work), () => {});
  }

  get streaming(): boolean {
    return this.list !== null;
  }

  dropStream(): void {
    this.list?.cancel();
  }

  /** While reading is off, flow control fills up and the plugin's writes stop. */
  setReading(on: boolean): void {
    if (on) this.list?.resume();
    else this.list?.pause();
  }

  close(): void {
    this.list?.cancel();
    this.socket.close();
  }

  private readLists(onList: (devices: readonly ListedDevice[]) => void): Promise<void> {
    return new Promise((resolve) => {
      const list = this.socket.stream(SERVICE, 'ListAndWatch', {});
      const ended = (): void => {
        this.list = null;
        resolve();
      };
      this.list = list;
      list.on('data', (message: WireMessage) => onList(messagesField(message, 'devices').map(listedDevice)));
      list.on('error', ended).on('end', ended).on('close', ended);
    });
  }
}

function listedDevice(message: WireMessage): ListedDevice {
  const topology = messageField(message, 'topology');
  const numaNodes = topology === null ? [] : messagesField(topology, 'nodes').map((node) => numberField(node, 'ID'));
  return { id: textField(message, 'ID'), health: textField(message, 'health'), numaNodes };
}
