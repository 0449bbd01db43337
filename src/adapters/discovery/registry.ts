// SPDX-License-Identifier: Apache-2.0
import { ProblemError, createProblem } from '#domain/problem/problem.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
import type { Clock } from '#ports/clock.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import type { Logger } from '#ports/logger.ts';
import { FileFakeHcaDiscovery } from './fake/file-hca-discovery.ts';
import type { ParseYaml } from './fake/parse-hcas.ts';
import { MeasuredDiscovery, type Measuring } from './measured-discovery.ts';
import { SysfsChangeHints } from './sysfs/change-hints.ts';
import { DevExtraNodes } from './sysfs/extra-nodes.ts';
import { SysfsHcaDiscovery } from './sysfs/hca-discovery.ts';

/** What the factories of adapters get. */
export interface AdapterOptions {
  readonly hostRoot: string;
  readonly clock: Clock;
  /** Null if it is not set. */
  readonly fakeHcasFile: string | null;
  readonly parseYaml: ParseYaml;
}

/** What a discovery adapter provides. An abstract class, so that it can be the key of a binding. */
export abstract class Discovery {
  abstract readonly discovery: HcaDiscovery;
  abstract readonly hints: HcaChangeHints;
  abstract readonly extraNodes: ExtraNodes;
}

/**
 * The built-in discovery adapters by name. A factory throws a ProblemError if its options are not valid. With `none`,
 * only modules find HCAs.
 */
export const discoveryAdapters = { sysfs: sysfsDiscovery, fake: fakeDiscovery } as const satisfies Record<
  string,
  (options: AdapterOptions) => Discovery
>;

export interface DiscoveryOptions extends AdapterOptions, Measuring {
  readonly adapter: keyof typeof discoveryAdapters | 'none';
  /** Specifiers of discovery modules, in order of precedence. */
  readonly modules: readonly string[];
  /** How long a scan waits for modules. */
  readonly modulePatienceMs: number;
  readonly logger: Logger;
}

/**
 * Creates the adapter with the given name, and adds the HCAs of modules. What runs modules is loaded only if needed.
 */
export async function createDiscovery(options: DiscoveryOptions): Promise<Discovery> {
  const { adapter, modules } = options;
  if (adapter === 'none' && modules.length === 0) throw new ProblemError([nothingToDiscover]);
  const builtIn = adapter === 'none' ? null : measured(adapter, options);
  if (builtIn !== null && modules.length === 0) return builtIn;
  const { withModules } = await import('./module/with-modules.ts');
  const combined = withModules(builtIn, { ...options, patienceMs: options.modulePatienceMs });
  const extraNodes = builtIn?.extraNodes ?? new DevExtraNodes(new LinuxHost(options.hostRoot, options.clock));
  return { discovery: combined, hints: combined, extraNodes };
}

function measured(adapter: keyof typeof discoveryAdapters, options: DiscoveryOptions): Discovery {
  const { discovery, hints, extraNodes } = discoveryAdapters[adapter](options);
  return { discovery: new MeasuredDiscovery(adapter, discovery, options), hints, extraNodes };
}

const nothingToDiscover = createProblem('DISCOVERY_MODULE_NOT_SET', {
  subject: '--discovery',
  message: '--discovery none leaves the search for HCAs to modules, but --discovery-module is not set.',
  remedy: 'Set --discovery-module to a module, or --discovery to sysfs.',
});

function sysfsDiscovery({ hostRoot, clock }: AdapterOptions): Discovery {
  const host = new LinuxHost(hostRoot, clock);
  return {
    discovery: new SysfsHcaDiscovery(host),
    hints: new SysfsChangeHints(host, { separatesDrivers: true }),
    extraNodes: new DevExtraNodes(host),
  };
}

function fakeDiscovery({ fakeHcasFile, parseYaml, clock }: AdapterOptions): Discovery {
  if (fakeHcasFile === null) throw new ProblemError([fakeHcasNotSet]);
  const fake = new FileFakeHcaDiscovery({ file: fakeHcasFile, parseYaml, clock });
  return { discovery: fake, hints: fake, extraNodes: fake.extraNodes };
}

const fakeHcasNotSet = createProblem('FAKE_HCAS_NOT_SET', {
  subject: '--fake-hcas',
  message: '--discovery fake needs a file of fake HCAs, but --fake-hcas is not set.',
  remedy: 'Set --fake-hcas to a YAML file, for example one with the line: hcas: [{name: mlx5_0}].',
});
