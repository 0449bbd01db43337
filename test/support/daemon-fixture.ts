// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileCdiSpecStore } from '#adapters/cdi/file-cdi-spec-store.ts';
import { FileConfigSource } from '#adapters/settings/file/config-source.ts';
import { HostRoot } from '#adapters/host/root.ts';
import { SysfsNetdevLinks } from '#adapters/host/sysfs-netdev-links.ts';
import { KubeletResourcePublisher } from '#adapters/kubelet/resource-publisher.ts';
import { GrantJournal } from '#app/holders/grant-journal.ts';
import { Daemon, type DaemonParts } from '#app/daemon.ts';
import type { Problem } from '#domain/problem/problem.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import { HeldPodResources } from './held-pod-resources.ts';
import { HeldStep } from './held-step.ts';
import { HeldNodeLabels } from './held-node-labels.ts';
import { NodeFixture } from './node-fixture.ts';
import { RecordedNodeEvents } from './recorded-node-events.ts';
import { SteppedClock } from './stepped-clock.ts';
import { ChangeableHost, ChangeableHostDiscovery, ChangeableHostExtraNodes } from './changeable-host.ts';

/** A daemon on an in-memory host, with a kubelet on real sockets. A test steps the timers of the daemon. */
export class DaemonFixture {
  readonly node: NodeFixture;
  readonly host = new ChangeableHost();
  readonly clock = new SteppedClock();
  /** The clock of the settings file. */
  readonly settingsClock = new SteppedClock();
  readonly labels = new HeldNodeLabels();
  readonly nodeEvents = new RecordedNodeEvents();
  readonly podResources = new HeldPodResources();
  readonly daemon: Daemon;
  readonly cdiDirectory: string;
  private readonly settingsFile: string;
  private readonly parts: DaemonParts;
  /** A test changes these to hold or fail a step. */
  readonly scans = new HeldStep();
  readonly linkRaises = new HeldStep();

  constructor(options: { readonly cdi?: boolean; readonly warnings?: readonly Problem[] } = {}) {
    this.node = new NodeFixture();
    this.settingsFile = join(this.node.directory, 'config.json');
    this.cdiDirectory = join(this.node.directory, 'cdi');
    const cdiSpecs = options.cdi === true ? new FileCdiSpecStore(this.cdiDirectory, this.clock) : null;
    const fake = new ChangeableHostDiscovery(this.host);
    const grants = new GrantJournal(this.clock);
    const links = new SysfsNetdevLinks(new HostRoot(this.hostRoot));
    this.parts = {
      configSource: new FileConfigSource({ path: this.settingsFile, clock: this.settingsClock }),
      nodeName: 'gpu-17',
      nodeLabels: this.labels,
      discovery: {
        scan: async () => {
          await this.scans.pass();
          return await fake.scan();
        },
      },
      hints: fake,
      extraNodes: new ChangeableHostExtraNodes(this.host),
      publisher: new KubeletResourcePublisher(this.node.parts('device-plugins', { grants }), cdiSpecs),
      cdiSpecs,
      links: {
        raise: async (netdev) => {
          await this.linkRaises.pass();
          return await links.raise(netdev);
        },
      },
      nodeEvents: this.nodeEvents,
      clock: this.clock,
      logger: this.node.log,
      observer: this.node.metrics,
      podResources: this.podResources,
      grants,
      warnings: options.warnings ?? [],
    };
    this.daemon = new Daemon(this.parts);
    this.node.onClose(() => this.daemon.stop());
  }

  /** Returns another daemon with the same parts except the hints. It is stopped with the node. */
  withHints(hints: HcaChangeHints): Daemon {
    const daemon = new Daemon({ ...this.parts, hints });
    this.node.onClose(() => daemon.stop());
    return daemon;
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
