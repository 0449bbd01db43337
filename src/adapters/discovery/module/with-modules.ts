// SPDX-License-Identifier: Apache-2.0
import type { Logger } from '#ports/logger.ts';
import { CombinedDiscovery, type NamedDiscovery } from '../combined-discovery.ts';
import type { Measuring } from '../measured-discovery.ts';
import { GuardedModule } from './guarded-module.ts';
import { moduleStarter } from './process.ts';

export interface ModuleSetup extends Measuring {
  readonly hostRoot: string;
  readonly logger: Logger;
  /** Specifiers of the modules, in order of precedence. */
  readonly modules: readonly string[];
  /** How long the first scan waits for modules. */
  readonly patienceMs: number;
}

/** Adds modules to the built-in discovery, if there is one: it takes precedence. Each runs in its own process. */
export function withModules(
  builtIn: Pick<NamedDiscovery, 'discovery' | 'hints'> | null,
  setup: ModuleSetup,
): CombinedDiscovery {
  const modules = setup.modules.map((specifier) => namedModule(specifier, setup));
  if (builtIn === null) return new CombinedDiscovery(modules);
  const { discovery, hints } = builtIn;
  return new CombinedDiscovery([{ title: 'the built-in discovery', module: null, discovery, hints }, ...modules]);
}

function namedModule(specifier: string, { hostRoot, ...setup }: ModuleSetup): NamedDiscovery {
  const start = moduleStarter(setup.clock);
  const module = new GuardedModule({ ...setup, specifier, options: { hostRoot }, start });
  return { title: `module ${specifier}`, module: specifier, discovery: module, hints: module };
}
