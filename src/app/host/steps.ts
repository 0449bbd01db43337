// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem, problemsOf } from '#domain/problem/problem.ts';
import type { Settings } from '#domain/settings/settings.ts';
import type { Clock } from '#ports/clock.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import type { Logger } from '#ports/logger.ts';
import type { NetdevLinks } from '#ports/netdev-links.ts';
import { BoundedStep, unfinished } from '../bounded-step.ts';

export interface HostStepsParts {
  readonly extraNodes: ExtraNodes;
  readonly links: NetdevLinks;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The steps of a round on the host. None rejects. A step with nothing to do does not access the host. */
export class HostSteps {
  private readonly search: BoundedStep;
  private readonly raise: BoundedStep;

  constructor(
    private readonly parts: HostStepsParts,
    onLate: () => void,
  ) {
    this.search = new BoundedStep(parts.clock, extraNodesTimeout, onLate);
    this.raise = new BoundedStep(parts.clock, linkTimeout, onLate);
  }

  /** Finds the extra device nodes that the settings ask for. */
  async findExtraNodes(settings: Settings): Promise<{ paths: readonly string[]; problems: readonly Problem[] }> {
    const patterns = extraNodePatterns(settings);
    if (patterns.length === 0) return { paths: [], problems: [] };
    try {
      return { paths: await this.search.run(() => this.parts.extraNodes.find(patterns)), problems: [] };
    } catch (error) {
      return { paths: [], problems: problemsOf(error) };
    }
  }

  /** Brings up the network links that a plan names. Returns the problems with links that stay down. */
  async raiseLinks(netdevs: readonly string[]): Promise<readonly Problem[]> {
    if (netdevs.length === 0) return [];
    try {
      const results = await this.raise.run(() => Promise.all(netdevs.map((netdev) => this.raiseLink(netdev))));
      return results.filter((problem) => problem !== null);
    } catch (error) {
      return problemsOf(error);
    }
  }

  private async raiseLink(netdev: string): Promise<Problem | null> {
    const problem = await this.parts.links.raise(netdev);
    if (problem === null) this.parts.logger.log('info', 'brought network link up', { netdev });
    return problem;
  }
}

export function extraNodePatterns(settings: Settings): readonly string[] {
  return [...new Set(settings.resources.flatMap(({ deviceNodes }) => deviceNodes.extra))];
}

const extraNodesTimeout = createProblem('EXTRA_NODES_TIMEOUT', {
  subject: 'deviceNodes.extra',
  message: `The search for extra device nodes ${unfinished}, so no extra nodes are granted.`,
  remedy: 'Check that /dev of the host can be listed. The nodes are granted again when the search finishes.',
});

const linkTimeout = createProblem('NETDEV_LINK_UP_TIMEOUT', {
  subject: 'setLinksUp',
  message: `Bringing network links up ${unfinished}.`,
  remedy: 'Search dmesg for a hanging network driver, or set setLinksUp to false.',
});
