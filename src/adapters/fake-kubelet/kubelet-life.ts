// SPDX-License-Identifier: Apache-2.0
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Admission, PodName, PodRequest, ResourceStatus } from './fake-kubelet-control.ts';
import { AllocationTable } from './device-manager/allocation-table.ts';
import { CheckpointFile } from './device-manager/checkpoint-file.ts';
import { DeviceTable } from './device-manager/device-table.ts';
import { type EndpointTable, EndpointsByResource, EndpointsBySocket } from './device-manager/endpoint-table.ts';
import type { FakeKubeletSettings } from './fake-kubelet-settings.ts';
import { textField } from './connection/message-fields.ts';
import { PluginRegistrar, textOf } from './plugin-manager/plugin-registrar.ts';
import { PluginWatcher } from './plugin-manager/plugin-watcher.ts';
import { PodAdmission } from './device-manager/pod-admission.ts';
import { ProcessClock } from './time/process-clock.ts';
import type { WireMessage } from './connection/reference-codec.ts';
import { RegistrationSocket } from './plugin-manager/registration-socket.ts';
import { isExtendedResourceName } from './device-manager/resource-name.ts';
import { removeSockets } from './plugin-manager/socket-files.ts';
import { pause } from './time/within.ts';

/** One life of the kubelet process, from start to kill. All that it remembers beyond that is in its checkpoint. */
export class KubeletLife {
  readonly registrar: PluginRegistrar;
  private readonly clock: ProcessClock;
  private readonly devices: DeviceTable;
  private readonly endpoints: EndpointTable;
  private readonly allocations = new AllocationTable();
  private readonly checkpoint: CheckpointFile;
  private readonly admission: PodAdmission;
  private readonly socket: RegistrationSocket;
  private readonly watcher: PluginWatcher;
  private turn: Promise<unknown> = Promise.resolve();
  private ended = false;
  private readonly killed: Promise<never>;
  private reject: (reason: Error) => void = () => {};

  constructor(
    private readonly settings: FakeKubeletSettings,
    onNode: Set<string>,
    private readonly changed: () => void,
  ) {
    const { faults, logger, switches, random } = settings;
    this.killed = new Promise((_resolve, reject) => {
      this.reject = reject;
    });
    this.killed.catch(() => {});
    this.clock = new ProcessClock(settings.clock);
    this.devices = new DeviceTable(() => this.clock.now(), onNode);
    this.endpoints = endpointTable(switches.clientTable, (resource) => {
      this.devices.pluginWent(resource);
      this.remember();
    });
    this.checkpoint = new CheckpointFile(settings.devicePluginsDir);
    const connections = { clock: this.clock, faults, userAgent: switches.userAgent };
    const shared = { settings: connections, switches, logger, devices: this.devices, endpoints: this.endpoints };
    this.registrar = new PluginRegistrar({ ...shared, changed: () => this.remember() });
    this.admission = new PodAdmission({
      ...shared,
      random,
      allocations: this.allocations,
      allocated: () => this.remember(),
    });
    this.socket = new RegistrationSocket(settings.devicePluginsDir, (request) => this.register(request));
    this.watcher = new PluginWatcher({ ...shared, directory: settings.pluginsRegistryDir, registrar: this.registrar });
  }

  /** Resolves when plugins can register; rejects when the kubelet is killed meanwhile. */
  start(): Promise<void> {
    return Promise.race([this.begin(), this.killed]);
  }

  /** After it nothing is open and no timer is left, but the socket files are. */
  async kill(): Promise<void> {
    this.ended = true;
    this.reject(new Error('the kubelet was stopped'));
    this.clock.end();
    this.watcher.close();
    this.registrar.close();
    await this.socket.close();
  }

  status(resource: string): ResourceStatus | null {
    this.expire();
    return this.devices.status(resource);
  }

  numaNodes(resource: string): ReadonlyMap<string, readonly number[]> {
    return this.devices.numaNodes(resource);
  }

  /** Rejects when the kubelet is killed meanwhile. */
  admit(pod: PodRequest): Promise<Admission> {
    const admitted = this.turn.then(() => {
      this.expire();
      return Promise.race([this.admission.admit(pod), this.killed]);
    });
    this.turn = admitted.catch(() => {});
    return admitted;
  }

  remove({ namespace, name }: PodName): void {
    this.allocations.removePod(`${namespace}/${name}`);
    this.remember();
  }

  /** The order is the kubelet's: remember, wipe, bind, serve. */
  private async begin(): Promise<void> {
    const { devicePluginsDir, pluginsRegistryDir, startDelays, wipes } = this.settings;
    this.recall();
    mkdirSync(devicePluginsDir, { recursive: true, mode: 0o750 });
    mkdirSync(pluginsRegistryDir, { recursive: true });
    await pause(this.clock, startDelays.beforeWipeMs);
    if (this.ended) return;
    if (wipes) removeSockets(devicePluginsDir);
    await pause(this.clock, startDelays.beforeBindMs);
    if (this.ended) return;
    await this.socket.bind();
    await pause(this.clock, startDelays.beforeServeMs);
    if (this.ended) return;
    this.socket.serve();
    this.watcher.start();
    this.changed();
  }

  private async register(request: WireMessage): Promise<void> {
    const { clock, settings } = this;
    await settings.faults.apply('register', clock, undefined, async () => {
      const version = textField(request, 'version');
      const resource = textField(request, 'resourceName');
      if (version !== 'v1beta1')
        throw new Error(
          `requested API version "${version}" is not supported by kubelet. Supported version is "v1beta1"`,
        );
      if (!isExtendedResourceName(resource)) throw new Error(`the ResourceName "${resource}" is invalid`);
      await this.registrar.register(resource, join(settings.devicePluginsDir, textField(request, 'endpoint')));
    });
  }

  private recall(): void {
    const checkpoint = this.settings.checkpoint ? this.checkpoint.read() : null;
    if (checkpoint === null) return;
    this.allocations.add(...checkpoint.allocations);
    for (const resource of checkpoint.resources) this.devices.restore(resource);
  }

  private remember(): void {
    if (this.ended) return;
    if (this.settings.checkpoint) this.writeCheckpoint();
    this.changed();
  }

  /** One that cannot be written costs the memory, not the kubelet (manager.go, which logs it). */
  private writeCheckpoint(): void {
    try {
      this.checkpoint.write(this.allocations.all(), this.devices.registered());
    } catch (error) {
      this.settings.logger.log('error', 'could not write the checkpoint', { error: textOf(error) });
    }
  }

  private expire(): void {
    if (this.devices.expire()) this.remember();
  }
}

function endpointTable(kind: 'by-resource' | 'by-socket', onLost: (resource: string) => void): EndpointTable {
  return kind === 'by-resource' ? new EndpointsByResource(onLost) : new EndpointsBySocket(onLost);
}
