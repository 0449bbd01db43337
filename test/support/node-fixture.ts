// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SharedWatch } from '#adapters/kubelet/sockets/shared-watch.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { FakeKubelet } from '#adapters/fake-kubelet/fake-kubelet.ts';
import type { FakeKubeletOptions } from '#adapters/fake-kubelet/options.ts';
import { waitUntil } from '#adapters/fake-kubelet/time/wait-until.ts';
import { PrometheusMetrics } from '#adapters/http/metrics/prometheus.ts';
import { aBuild } from './status-fixture.ts';
import type { RegistrationMode } from '#adapters/kubelet/registration/method.ts';
import type { RegistrationParts } from '#adapters/kubelet/registration/parts.ts';
import { RecordedLog } from './recorded-log.ts';

/** The time limit for real sockets: far more than they need. */
export const livenessMs = Number(process.env['RDMA_TEST_LIVENESS_MS'] ?? 20_000);

/** The kubelet's directories with a fake kubelet, and what a plugin needs to register there. `close` removes it all. */
export class NodeFixture {
  readonly directory = mkdtempSync(join(tmpdir(), 'rdma-node-'));
  readonly directories = {
    devicePlugins: join(this.directory, 'device-plugins'),
    pluginsRegistry: join(this.directory, 'plugins_registry'),
  };
  /** Where the kubelet serves PodResources. */
  readonly podResourcesDir = join(this.directory, 'pod-resources');
  readonly clock = new SystemClock();
  readonly log = new RecordedLog();
  readonly metrics = new PrometheusMetrics(Date.now, aBuild);
  readonly kubelet: FakeKubelet;
  private readonly closers: (() => Promise<void>)[] = [];

  constructor(options: Partial<FakeKubeletOptions> = {}) {
    for (const directory of Object.values(this.directories)) mkdirSync(directory);
    this.kubelet = new FakeKubelet({
      devicePluginsDir: this.directories.devicePlugins,
      pluginsRegistryDir: this.directories.pluginsRegistry,
      podResourcesDir: this.podResourcesDir,
      clock: this.clock,
      ...options,
    });
  }

  parts(mode: RegistrationMode, change: Partial<RegistrationParts> = {}): RegistrationParts {
    const { devicePlugins, pluginsRegistry } = this.directories;
    return {
      clock: this.clock,
      logger: this.log,
      observer: this.metrics,
      grants: { granted: () => {} },
      random: Math.random,
      wallClock: Date.now,
      directories: this.directories,
      mode,
      watchDirectories: new SharedWatch([devicePlugins, pluginsRegistry], this.clock).watch,
      ...change,
    };
  }

  /** Returns the sockets of the plugin in both directories. */
  sockets(): readonly string[] {
    return Object.values(this.directories).flatMap((directory) =>
      readdirSync(directory).filter((name) => name.startsWith('rdma-shared-dp')),
    );
  }

  /** Waits until the kubelet reports this number of healthy shares. */
  async reach(resource: string, healthy: number): Promise<void> {
    await this.until(
      `${healthy} healthy shares of ${resource}`,
      async () => (await this.kubelet.devices(resource))?.healthy.length === healthy,
    );
  }

  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    await waitUntil(this.kubelet, this.clock, what, livenessMs, holds);
  }

  onClose(closer: () => Promise<void>): void {
    this.closers.push(closer);
  }

  async close(): Promise<void> {
    for (const closer of this.closers.splice(0).toReversed()) await closer();
    await this.kubelet.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
