// SPDX-License-Identifier: Apache-2.0
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import { CombinedDiscovery } from '../combined-discovery.ts';
import { GuardedModule } from './guarded-module.ts';
import { MeasuredDiscovery, type Measuring } from '../measured-discovery.ts';
import { startModuleThread } from './thread.ts';

export interface ModuleDiscoveryOptions extends Measuring {
  readonly hostRoot: string;
  /** In the order in which they count. */
  readonly specifiers: readonly string[];
}

/** The built-in discovery first, then each module, in a thread of its own. */
export function withModuleThreads(
  builtIn: { readonly discovery: HcaDiscovery; readonly hints: HcaChangeHints },
  { hostRoot, specifiers, ...measuring }: ModuleDiscoveryOptions,
): CombinedDiscovery {
  const modules = specifiers.map((specifier) => {
    const module = new GuardedModule({
      specifier,
      options: { hostRoot },
      clock: measuring.clock,
      start: startModuleThread,
    });
    return {
      title: `module ${specifier}`,
      discovery: new MeasuredDiscovery(specifier, module, measuring),
      hints: module,
    };
  });
  return new CombinedDiscovery([{ title: 'the built-in discovery', ...builtIn }, ...modules]);
}
