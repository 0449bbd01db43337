// SPDX-License-Identifier: Apache-2.0
import { ProblemError, createProblem } from '#domain/problem/problem.ts';
import { HostRoot } from '#adapters/host/host-root.ts';
import type { Clock } from '#ports/clock.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import { DevExtraNodes } from './sysfs/extra-nodes.ts';
import { FileFakeHcaDiscovery } from './fake/file-hca-discovery.ts';
import { MeasuredDiscovery, type Measuring } from './measured-discovery.ts';
import { LateDiscovery } from './module/late-discovery.ts';
import type { ParseYaml } from './fake/parse-hcas.ts';
import { SysfsChangeHints } from './sysfs/change-hints.ts';
import { SysfsHcaDiscovery } from './sysfs/hca-discovery.ts';

/** What every factory is handed. `fakeHcasFile` is null where none was given. */
export interface DiscoveryOptions {
  readonly hostRoot: string;
  readonly clock: Clock;
  readonly fakeHcasFile: string | null;
  readonly parseYaml: ParseYaml;
}

/** A way to find HCAs and extra device nodes, and to hear that a new look may pay. */
export interface Discovery {
  readonly discovery: HcaDiscovery;
  readonly hints: HcaChangeHints;
  readonly extraNodes: ExtraNodes;
}

/** The discovery adapters by the name that chooses them. A factory throws a ProblemError where its options cannot work. */
export const discoveryAdapters = { sysfs: sysfsDiscovery, fake: fakeDiscovery } as const satisfies Record<
  string,
  (options: DiscoveryOptions) => Discovery
>;

export type DiscoveryName = keyof typeof discoveryAdapters;

export function isDiscoveryName(word: string): word is DiscoveryName {
  return Object.hasOwn(discoveryAdapters, word);
}

/**
 * A discovery, and after it the modules that `--discovery-module` names: specifiers with commas between them, or null. What runs
 * modules is loaded only where there are any.
 */
export function withModules(
  builtIn: Discovery,
  modules: string | null,
  options: Measuring & { readonly hostRoot: string },
): Discovery {
  const specifiers = new Set(
    (modules ?? '')
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  );
  if (specifiers.size === 0) return builtIn;
  const late = new LateDiscovery(async () => {
    const { withModuleThreads } = await import('./module/module-discovery.ts');
    return withModuleThreads(builtIn, { ...options, specifiers: [...specifiers] });
  });
  return { discovery: late, hints: late, extraNodes: builtIn.extraNodes };
}

/** A discovery by its name, whose looks are measured. */
export function measuredDiscovery(name: DiscoveryName, options: DiscoveryOptions, measuring: Measuring): Discovery {
  const built = discoveryAdapters[name](options);
  return { ...built, discovery: new MeasuredDiscovery(name, built.discovery, measuring) };
}

function sysfsDiscovery({ hostRoot, clock }: DiscoveryOptions): Discovery {
  const host = { root: new HostRoot(hostRoot), clock };
  return {
    discovery: new SysfsHcaDiscovery(host),
    hints: new SysfsChangeHints(host),
    extraNodes: new DevExtraNodes(host),
  };
}

function fakeDiscovery({ fakeHcasFile, parseYaml, clock }: DiscoveryOptions): Discovery {
  if (fakeHcasFile === null) throw new ProblemError([noFakeHcas]);
  const fake = new FileFakeHcaDiscovery({ file: fakeHcasFile, parseYaml, clock });
  return { discovery: fake, hints: fake, extraNodes: fake.extraNodes };
}

const noFakeHcas = createProblem('FAKE_HCAS_NOT_SET', {
  subject: '--fake-hcas',
  message: 'Fake discovery was asked for without a file of fake HCAs.',
  remedy: 'Set --fake-hcas to a YAML file, for example one with the line: hcas: [{name: mlx5_0}].',
});
