// SPDX-License-Identifier: Apache-2.0
import type { Settings } from '#domain/settings/settings.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';

const nothing = (): void => {};

/** The extra device nodes that the settings ask for. Where they ask for none, nothing is looked at. */
export class FollowedExtraNodes {
  private watched = '';
  private stopWatching = nothing;

  constructor(
    private readonly extraNodes: ExtraNodes,
    private readonly onHint: () => void,
  ) {}

  async find(settings: Settings): Promise<readonly string[]> {
    const patterns = patternsOf(settings);
    return patterns.length === 0 ? [] : await this.extraNodes.find(patterns);
  }

  /** Watches what these settings ask for, and no longer what others did. */
  follow(settings: Settings): void {
    const patterns = patternsOf(settings);
    const key = JSON.stringify(patterns);
    if (key === this.watched) return;
    this.stop();
    this.watched = key;
    if (patterns.length > 0) this.stopWatching = this.extraNodes.watch(patterns, this.onHint);
  }

  stop(): void {
    this.stopWatching();
    this.stopWatching = nothing;
    this.watched = '';
  }
}

function patternsOf(settings: Settings): readonly string[] {
  return [...new Set(settings.resources.flatMap(({ deviceNodes }) => deviceNodes.extra))];
}
