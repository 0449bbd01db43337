// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileCdiSpecStore } from '#adapters/cdi/file-cdi-spec-store.ts';
import { FileConfigSource } from '#adapters/settings/file/config-source.ts';
import { FakeExtraNodes, FakeHcaDiscovery } from '#adapters/discovery/fake/hca-discovery.ts';
import { FakeHost } from '#adapters/discovery/fake/host.ts';
import { HostRoot } from '#adapters/host/host-root.ts';
import { SysfsNetdevLinks } from '#adapters/host/sysfs-netdev-links.ts';
import { KubeletResourcePublisher } from '#adapters/kubelet/kubelet-resource-publisher.ts';
import { Daemon, type DaemonParts } from '#app/daemon.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import { HeldNodeLabels } from './held-node-labels.ts';
import { NodeFixture } from './node-fixture.ts';
import { RecordedNodeEvents } from './recorded-node-events.ts';
import { SteppedClock } from './stepped-clock.ts';

/** A daemon over an in-memory host and a kubelet on real sockets. The daemon's own timers are stepped. */
export class DaemonFixture {
  readonly node: NodeFixture;
  readonly host = new FakeHost();
  readonly clock = new SteppedClock();
  /** By which the file of the settings is followed. */
  readonly settingsClock = new SteppedClock();
  readonly labels = new HeldNodeLabels();
  readonly nodeEvents = new RecordedNodeEvents();
  readonly daemon: Daemon;
  readonly cdiDirectory: string;
  private readonly settingsFile: string;
  private readonly parts: DaemonParts;
  private scansMayGoOn: Promise<void> = Promise.resolve();
  private scansFailWith: string | null = null;

  constructor(options: { readonly cdi?: boolean } = {}) {
    this.node = new NodeFixture();
    this.settingsFile = join(this.node.directory, 'config.json');
    this.cdiDirectory = join(this.node.directory, 'cdi');
    const cdiSpecs = options.cdi === true ? new FileCdiSpecStore(this.cdiDirectory) : null;
    const fake = new FakeHcaDiscovery(this.host);
    this.parts = {
      configSource: new FileConfigSource({ path: this.settingsFile, clock: this.settingsClock }),
      nodeName: 'gpu-17',
      nodeLabels: this.labels,
      discovery: {
        scan: async () => {
          await this.scansMayGoOn;
          if (this.scansFailWith !== null) throw new Error(this.scansFailWith);
          return await fake.scan();
        },
      },
      hints: fake,
      extraNodes: new FakeExtraNodes(this.host),
      publisher: new KubeletResourcePublisher(this.node.parts('device-plugins'), cdiSpecs),
      cdiSpecs,
      links: new SysfsNetdevLinks(new HostRoot(this.hostRoot)),
      nodeEvents: this.nodeEvents,
      clock: this.clock,
      logger: this.node.log,
      metrics: this.node.metrics,
    };
    this.daemon = new Daemon(this.parts);
    this.node.onClose(() => this.daemon.stop());
  }

  /** Another daemon over the same parts but the hints; stopped with the node. */
  withHints(hints: HcaChangeHints): Daemon {
    const daemon = new Daemon({ ...this.parts, hints });
    this.node.onClose(() => daemon.stop());
    return daemon;
  }

  /** Keeps scans from ending until the returned function is called. */
  holdScans(): () => void {
    let goOn = (): void => {};
    this.scansMayGoOn = new Promise((resolve) => {
      goOn = resolve;
    });
    return () => goOn();
  }

  /** Makes scans fail until the returned function is called. */
  failScans(message: string): () => void {
    this.scansFailWith = message;
    return () => {
      this.scansFailWith = null;
    };
  }

  get hostRoot(): string {
    return join(this.node.directory, 'host');
  }

  configure(...resources: readonly object[]): void {
    this.write({ configList: resources });
  }

  write(document: object | string): void {
    writeFileSync(this.settingsFile, typeof document === 'string' ? document : JSON.stringify(document));
  }
}

export function resource(name: string, rdmaHcaMax = 3): object {
  return { resourceName: name, rdmaHcaMax, selectors: { vendors: ['15b3'] } };
}
