// SPDX-License-Identifier: Apache-2.0
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '#domain/problem/problem.ts';
import type { RegisterRequest } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import type { ServedSocket } from './connection/served-socket.ts';
import { AllocationTable } from './device-manager/allocation-table.ts';
import { CheckpointFile } from './device-manager/checkpoint-file.ts';
import { DeviceTable, type ResourceStatus } from './device-manager/device-table.ts';
import { EndpointTable } from './device-manager/endpoint-table.ts';
import { PodAdmission } from './device-manager/pod-admission.ts';
import { podKey } from './device-manager/pod-table.ts';
import type { Admission, PodName, PodRequest } from './device-manager/pod.ts';
import type { FakeKubeletSettings } from './options.ts';
import { PluginRegistrar } from './plugin-manager/plugin-registrar.ts';
import { PluginWatcher } from './plugin-manager/plugin-watcher.ts';
import { checkRegisterRequest } from './plugin-manager/registration-check.ts';
import { createRegistrationSocket } from './plugin-manager/registration-socket.ts';
import { removeSockets } from './plugin-manager/socket-files.ts';
import { createPodResourcesSocket } from './pod-resources/socket.ts';
import type { NodeObjects, ProcessParts } from './process-parts.ts';
import { ProcessClock } from './time/process-clock.ts';

/** One process of the kubelet, from start to kill. Only its checkpoint file outlives it. */
export class KubeletProcess {
  readonly registrar: PluginRegistrar;
  readonly parts: ProcessParts;
  private readonly checkpoint: CheckpointFile;
  private readonly admission: PodAdmission;
  /** The registration socket first. */
  private readonly sockets: readonly ServedSocket[];
  private readonly watcher: PluginWatcher;
  private lastAdmission: Promise<unknown> = Promise.resolve();
  private readonly killed: Promise<never>;
  private rejectKilled: (reason: Error) => void = () => {};

  /** `onChange` is called after each possible change of `status`. */
  constructor(
    settings: FakeKubeletSettings,
    { resources, pods }: NodeObjects,
    private readonly onChange: () => void,
  ) {
    this.killed = new Promise((_resolve, reject) => {
      this.rejectKilled = reject;
    });
    this.killed.catch(() => {});
    const clock = new ProcessClock(settings.clock);
    const devices = new DeviceTable(clock, resources);
    const changed = (): void => this.save();
    const endpoints = new EndpointTable(settings.switches.clientTable, (resource) => {
      devices.pluginStopped(resource);
      changed();
    });
    this.parts = { ...settings, clock, devices, endpoints, allocations: new AllocationTable(), pods, changed };
    this.checkpoint = new CheckpointFile(settings.devicePluginsDir);
    this.admission = new PodAdmission(this.parts);
    this.registrar = new PluginRegistrar(this.parts);
    const registration = createRegistrationSocket(settings.devicePluginsDir, (request) => this.register(request));
    this.sockets = [registration, createPodResourcesSocket(this.parts)].filter((socket) => socket !== null);
    this.watcher = new PluginWatcher(this.parts, this.registrar);
  }

  /** Resolves when plugins can register. Rejects when the process is killed first. */
  start(): Promise<void> {
    return Promise.race([this.run(), this.killed]);
  }

  /** Closes all connections and cancels all timers. Socket files stay. */
  async kill(): Promise<void> {
    this.rejectKilled(new Error('the kubelet was stopped'));
    this.parts.clock.end();
    this.watcher.close();
    this.registrar.close();
    await Promise.all(this.sockets.map((socket) => socket.close()));
  }

  status(resource: string): ResourceStatus | null {
    this.expire();
    return this.parts.devices.status(resource);
  }

  /** Admits pods one after the other. Rejects when the process is killed first. */
  admit(pod: PodRequest): Promise<Admission> {
    const admission = this.lastAdmission.then(() => {
      this.expire();
      return Promise.race([this.admitNow(pod), this.killed]);
    });
    this.lastAdmission = admission.catch(() => {});
    return admission;
  }

  remove(pod: PodName): void {
    this.parts.pods.remove(pod);
    this.parts.allocations.removePod(podKey(pod));
    this.save();
  }

  private async admitNow(pod: PodRequest): Promise<Admission> {
    const admission = await this.admission.admit(pod);
    const { clock, pods } = this.parts;
    if (clock.ended) return admission;
    if (admission.admitted) pods.add(pod);
    else pods.remove(pod);
    return admission;
  }

  /** The kubelet's order: load the checkpoint, wipe, bind, serve. */
  private async run(): Promise<void> {
    const { clock, devicePluginsDir, pluginsRegistryDir, podResourcesDir, startDelays, wipes } = this.parts;
    this.load();
    mkdirSync(devicePluginsDir, { recursive: true, mode: 0o750 });
    mkdirSync(pluginsRegistryDir, { recursive: true });
    if (podResourcesDir !== null) mkdirSync(podResourcesDir, { recursive: true, mode: 0o750 });
    await clock.delay(startDelays.beforeWipeMs);
    if (clock.ended) return;
    if (wipes) removeSockets(devicePluginsDir);
    await clock.delay(startDelays.beforeBindMs);
    if (clock.ended) return;
    for (const socket of this.sockets) await socket.bind();
    await clock.delay(startDelays.beforeServeMs);
    if (clock.ended) return;
    for (const socket of this.sockets) socket.serve();
    this.watcher.start();
    this.onChange();
  }

  private async register(request: RegisterRequest): Promise<void> {
    const { clock, devicePluginsDir, faults } = this.parts;
    await faults.apply('register', clock, undefined, async () => {
      checkRegisterRequest(request);
      await this.registrar.register(request.resourceName, join(devicePluginsDir, request.endpoint));
    });
  }

  private load(): void {
    const checkpoint = this.parts.checkpoint ? this.checkpoint.read() : null;
    if (checkpoint === null) return;
    this.parts.allocations.add(...checkpoint.allocations);
    for (const resource of checkpoint.resources) this.parts.devices.restore(resource);
  }

  /** Writes the checkpoint and reports the change. A failed write is logged only, as in the kubelet (manager.go). */
  private save(): void {
    const { allocations, checkpoint, clock, devices, logger } = this.parts;
    if (clock.ended) return;
    try {
      if (checkpoint) this.checkpoint.write(allocations.all(), devices.registered());
    } catch (error) {
      logger.log('error', 'cannot write checkpoint', { error: messageOf(error) });
    }
    this.onChange();
  }

  private expire(): void {
    if (this.parts.devices.expire()) this.save();
  }
}
