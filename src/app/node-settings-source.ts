// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '#domain/problem/problem.ts';
import { factsWanted, settingsFor } from '#domain/settings/settings-for-node.ts';
import type { ClusterSettings, Settings } from '#domain/settings/settings.ts';
import type { ConfigReading, ConfigSource } from '#ports/config-source.ts';
import type { LabelsReading, NodeLabels } from '#ports/node-labels.ts';

/** As a ConfigReading, but of the settings of this node; `nodeEntries` are the paths of the entries that made them so. */
export type NodeReading =
  | {
      readonly valid: true;
      readonly settings: Settings;
      readonly nodeEntries: readonly string[];
      readonly warnings: readonly Problem[];
    }
  | Extract<ConfigReading, { readonly valid: false }>;

export interface NodeSettingsParts {
  readonly configSource: ConfigSource;
  /** Null where it is not known. */
  readonly nodeName: string | null;
  readonly nodeLabels: NodeLabels;
}

/** The settings of this node: those of the source, with the entries for nodes that match it. Labels are asked for only where an entry wants them. */
export class NodeSettingsSource {
  private onHint: (() => void) | null = null;
  private wantsLabels = false;
  private stopLabels: (() => void) | null = null;

  constructor(private readonly parts: NodeSettingsParts) {}

  async read(): Promise<NodeReading> {
    const reading = await this.parts.configSource.read();
    if (!reading.valid) return reading;
    const { settings, warnings } = reading;
    const wanted = factsWanted(settings, this.parts.nodeName);
    if (wanted.name && this.parts.nodeName === null)
      return { valid: false, retryable: false, problems: [nameUnknown(settings)], warnings };
    this.wantsLabels = wanted.labels;
    this.followLabels();
    const { labels, ...refusal } = wanted.labels ? await this.parts.nodeLabels.read() : notWanted;
    if (refusal.problem !== null)
      return { valid: false, retryable: refusal.retryable, problems: [refusal.problem], warnings };
    const own = settingsFor(settings, { name: this.parts.nodeName, labels });
    return { valid: true, settings: own.settings, nodeEntries: own.entries, warnings };
  }

  /** Says that a read may now give something else; see the ports. One watch at a time. */
  watch(onHint: () => void): () => void {
    const stop = this.parts.configSource.watch(onHint);
    this.onHint = onHint;
    this.followLabels();
    return () => {
      stop();
      this.onHint = null;
      this.followLabels();
    };
  }

  /** Labels are watched while somebody watches settings that want them. */
  private followLabels(): void {
    if (this.onHint !== null && this.wantsLabels)
      this.stopLabels ??= this.parts.nodeLabels.watch(() => this.onHint?.());
    else {
      this.stopLabels?.();
      this.stopLabels = null;
    }
  }
}

const notWanted: LabelsReading = { labels: new Map(), problem: null };

function nameUnknown({ nodes }: ClusterSettings): Problem {
  const path = `${nodes.find(({ match }) => match.names.length > 0)?.path ?? 'nodes'}.match.names`;
  return createProblem('NODE_NAME_NOT_SET', {
    subject: path,
    message: `${path} asks for the name of this node, which is not known: neither --node-name nor the variable NODE_NAME says it.`,
    remedy: 'Add this to env of the container: {name: NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}',
  });
}
