// SPDX-License-Identifier: Apache-2.0
import { CombinedDiscovery, type NamedDiscovery } from '../combined-discovery.ts';
import { MeasuredDiscovery, type Measuring } from '../measured-discovery.ts';
import { GuardedModule } from './guarded-module.ts';
import { startModuleThread } from './thread.ts';

export interface ModuleOptions extends Measuring {
  readonly hostRoot: string;
  /** Specifiers of the modules, in order of precedence. */
  readonly modules: readonly string[];
}

/** Adds modules to the built-in discovery, which takes precedence. Each module runs in its own thread. */
export function withModules(builtIn: Omit<NamedDiscovery, 'title'>, options: ModuleOptions): CombinedDiscovery {
  const modules = options.modules.map((specifier) => namedModule(specifier, options));
  return new CombinedDiscovery([{ title: 'the built-in discovery', ...builtIn }, ...modules]);
}

function namedModule(specifier: string, { hostRoot, ...measuring }: ModuleOptions): NamedDiscovery {
  const { clock } = measuring;
  const module = new GuardedModule({ specifier, options: { hostRoot }, clock, start: startModuleThread });
  return {
    title: `module ${specifier}`,
    discovery: new MeasuredDiscovery(specifier, module, measuring),
    hints: module,
  };
}
