// SPDX-License-Identifier: Apache-2.0
import { type Problem, problemsOf } from '#domain/problem/problem.ts';
import type { Settings } from '#domain/settings/settings.ts';
import type { Clock } from '#ports/clock.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import { BoundedStep } from '../bounded-step.ts';
import { extraNodesTimeout } from '../step-timeouts.ts';

export interface FoundNodes {
  readonly paths: readonly string[];
  readonly problems: readonly Problem[];
}

/** Finds the extra device nodes that settings ask for. Without patterns, it does not look at the host. */
export class ExtraNodeSearch {
  private readonly step: BoundedStep;

  constructor(
    private readonly extraNodes: ExtraNodes,
    clock: Clock,
    onLate: () => void,
  ) {
    this.step = new BoundedStep(clock, extraNodesTimeout, onLate);
  }

  /** Never rejects. */
  async find(settings: Settings): Promise<FoundNodes> {
    const patterns = extraNodePatterns(settings);
    if (patterns.length === 0) return { paths: [], problems: [] };
    try {
      return { paths: await this.step.run(() => this.extraNodes.find(patterns)), problems: [] };
    } catch (error) {
      return { paths: [], problems: problemsOf(error) };
    }
  }
}

export function extraNodePatterns(settings: Settings): readonly string[] {
  return [...new Set(settings.resources.flatMap(({ deviceNodes }) => deviceNodes.extra))];
}
