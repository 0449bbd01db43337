// SPDX-License-Identifier: Apache-2.0
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '#domain/problem/problem.ts';
import type { RegisterRequest } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { AllocationTable } from './device-manager/allocation-table.ts';
import { CheckpointFile } from './device-manager/checkpoint-file.ts';
import { DeviceTable, type ResourceStatus } from './device-manager/device-table.ts';
import { type EndpointTable, EndpointsByResource, EndpointsBySocket } from './device-manager/endpoint-table.ts';
import { PodAdmission } from './device-manager/pod-admission.ts';
import type { Admission, PodName, PodRequest } from './device-manager/pod.ts';
import type { FakeKubeletSettings } from './options.ts';
import { PluginRegistrar } from './plugin-manager/plugin-registrar.ts';
import { PluginWatcher } from './plugin-manager/plugin-watcher.ts';
import { checkRegisterRequest } from './plugin-manager/registration-check.ts';
import { RegistrationSocket } from './plugin-manager/registration-socket.ts';
import { removeSockets } from './plugin-manager/socket-files.ts';
import { ProcessClock } from './time/process-clock.ts';

/** One process of the kubelet, from start to kill. Only its checkpoint file outlives it. */
export class KubeletProcess {
  readonly registrar: PluginRegistrar;
  private readonly clock: ProcessClock;
  private readonly devices: DeviceTable;
  private readonly endpoints: EndpointTable;
  private readonly allocations = new AllocationTable();
  private readonly checkpoint: CheckpointFile;
  private readonly admission: PodAdmission;
  private readonly socket: RegistrationSocket;
  private readonly watcher: PluginWatcher;
  private lastAdmission: Promise<unknown> = Promise.resolve();
  private ended = false;
  private readonly killed: Promise<never>;
  private rejectKilled: (reason: Error) => void = () => {};

  constructor(
    private readonly settings: FakeKubeletSettings,
    reported: Set<string>,
    private readonly changed: () => void,
  ) {
    const { devicePluginsDir, faults, logger, pluginsRegistryDir, random, switches } = settings;
    this.killed = new Promise((_resolve, reject) => {
      this.rejectKilled = reject;
    });
    this.killed.catch(() => {});
    this.clock = new ProcessClock(settings.clock);
    this.devices = new DeviceTable(() => this.clock.now(), reported);
    this.endpoints = this.endpointTable();
    this.checkpoint = new CheckpointFile(devicePluginsDir);
    const connections = { clock: this.clock, faults, userAgent: switches.userAgent };
    const shared = { connections, switches, logger, devices: this.devices, endpoints: this.endpoints };
    const save = (): void => this.save();
    this.registrar = new PluginRegistrar({ ...shared, changed: save });
    this.admission = new PodAdmission({ ...shared, random, allocations: this.allocations, allocated: save });
    this.socket = new RegistrationSocket(devicePluginsDir, (request) => this.register(request));
    this.watcher = new PluginWatcher({ ...shared, directory: pluginsRegistryDir, registrar: this.registrar });
  }

  /** Resolves when plugins can register. Rejects when the process is killed first. */
  start(): Promise<void> {
    return Promise.race([this.run(), this.killed]);
  }

  /** Closes all connections and cancels all timers. Socket files stay. */
  async kill(): Promise<void> {
    this.ended = true;
    this.rejectKilled(new Error('the kubelet was stopped'));
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

  /** Admits pods one after the other. Rejects when the process is killed first. */
  admit(pod: PodRequest): Promise<Admission> {
    const admission = this.lastAdmission.then(() => {
      this.expire();
      return Promise.race([this.admission.admit(pod), this.killed]);
    });
    this.lastAdmission = admission.catch(() => {});
    return admission;
  }

  remove({ namespace, name }: PodName): void {
    this.allocations.removePod(`${namespace}/${name}`);
    this.save();
  }

  private endpointTable(): EndpointTable {
    const onLost = (resource: string): void => {
      this.devices.pluginStopped(resource);
      this.save();
    };
    return this.settings.switches.clientTable === 'by-resource'
      ? new EndpointsByResource(onLost)
      : new EndpointsBySocket(onLost);
  }

  /** The kubelet's order: load the checkpoint, wipe, bind, serve. */
  private async run(): Promise<void> {
    const { devicePluginsDir, pluginsRegistryDir, startDelays, wipes } = this.settings;
    this.load();
    mkdirSync(devicePluginsDir, { recursive: true, mode: 0o750 });
    mkdirSync(pluginsRegistryDir, { recursive: true });
    await this.clock.delay(startDelays.beforeWipeMs);
    if (this.ended) return;
    if (wipes) removeSockets(devicePluginsDir);
    await this.clock.delay(startDelays.beforeBindMs);
    if (this.ended) return;
    await this.socket.bind();
    await this.clock.delay(startDelays.beforeServeMs);
    if (this.ended) return;
    this.socket.serve();
    this.watcher.start();
    this.changed();
  }

  private async register(request: RegisterRequest): Promise<void> {
    const { devicePluginsDir, faults } = this.settings;
    await faults.apply('register', this.clock, undefined, async () => {
      checkRegisterRequest(request);
      await this.registrar.register(request.resourceName, join(devicePluginsDir, request.endpoint));
    });
  }

  private load(): void {
    const checkpoint = this.settings.checkpoint ? this.checkpoint.read() : null;
    if (checkpoint === null) return;
    this.allocations.add(...checkpoint.allocations);
    for (const resource of checkpoint.resources) this.devices.restore(resource);
  }

  /** Writes the checkpoint and reports the change. A failed write is logged only, as in the kubelet (manager.go). */
  private save(): void {
    if (this.ended) return;
    try {
      if (this.settings.checkpoint) this.checkpoint.write(this.allocations.all(), this.devices.registered());
    } catch (error) {
      this.settings.logger.log('error', 'cannot write checkpoint', { error: messageOf(error) });
    }
    this.changed();
  }

  private expire(): void {
    if (this.devices.expire()) this.save();
  }
}
