// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '#domain/problem/problem.ts';
import { requiredFacts, settingsFor } from '#domain/settings/for-node.ts';
import type { ClusterSettings, RejectedResource, Settings } from '#domain/settings/settings.ts';
import type { ConfigReading, ConfigSource } from '#ports/config-source.ts';
import type { LabelsReading, NodeLabels } from '#ports/node-labels.ts';
import { SwitchedWatch } from '../host/switched-watch.ts';

/** Valid settings of this node. `nodeEntries` are the paths of the entries of `nodes` that apply to it. */
export interface ValidReading {
  readonly valid: true;
  readonly settings: Settings;
  /** The resources that this node would offer, but for the kubelet. */
  readonly rejected: readonly RejectedResource[];
  readonly nodeEntries: readonly string[];
  readonly warnings: readonly Problem[];
}
export type InvalidReading = Extract<ConfigReading, { readonly valid: false }>;

export interface NodeSettingsParts {
  readonly configSource: ConfigSource;
  /** Null if it is not set. */
  readonly nodeName: string | null;
  readonly nodeLabels: NodeLabels;
}

/** The settings of this node: those of the document, changed by the entries of `nodes` that match. */
export class NodeSettingsSource {
  private onHint: (() => void) | null = null;
  private needsLabels = false;
  private readonly labelWatch = new SwitchedWatch();

  constructor(private readonly parts: NodeSettingsParts) {}

  /** Never rejects. Reads labels only if an entry needs them. */
  async read(): Promise<ValidReading | InvalidReading> {
    const reading = await this.parts.configSource.read();
    if (!reading.valid) return reading;
    const { settings, warnings } = reading;
    const { nodeName, nodeLabels } = this.parts;
    const wanted = requiredFacts(settings, nodeName);
    if (wanted.name && nodeName === null)
      return { valid: false, retryable: false, problems: [nodeNameNotSet(settings)], warnings };
    this.needsLabels = wanted.labels;
    this.switchLabelWatch();
    const labelsReading = wanted.labels ? await nodeLabels.read() : noLabels;
    if (labelsReading.problem !== null)
      return { valid: false, retryable: labelsReading.retryable, problems: [labelsReading.problem], warnings };
    const forNode = settingsFor(settings, { name: nodeName, labels: labelsReading.labels });
    const { rejected, entries: nodeEntries } = forNode;
    const elsewhere = rejectionsElsewhere(settings, new Set(rejected));
    return { valid: true, settings: forNode.settings, rejected, nodeEntries, warnings: [...warnings, ...elsewhere] };
  }

  /** Calls `onHint` when `read` may return something else; see ConfigSource. One watch at a time. */
  watch(onHint: () => void): () => void {
    const stopConfigWatch = this.parts.configSource.watch(onHint);
    this.onHint = onHint;
    this.switchLabelWatch();
    return () => {
      stopConfigWatch();
      this.onHint = null;
      this.switchLabelWatch();
    };
  }

  private switchLabelWatch(): void {
    const isWanted = this.onHint !== null && this.needsLabels;
    this.labelWatch.set(isWanted ? 'labels' : null, () => this.parts.nodeLabels.watch(() => this.onHint?.()));
  }
}

/** Returns the problems of rejected resources of other nodes, so that the log of any node shows every mistake. */
function rejectionsElsewhere({ rejected, nodes }: ClusterSettings, here: ReadonlySet<unknown>): readonly Problem[] {
  const everywhere = [...rejected, ...nodes.flatMap((entry) => entry.rejected)];
  return everywhere.filter((resource) => !here.has(resource)).flatMap(({ problems }) => problems);
}

const noLabels: LabelsReading = { labels: new Map(), problem: null };

function nodeNameNotSet({ nodes }: ClusterSettings): Problem {
  const entry = nodes.find(({ match }) => match.names.length > 0)?.path ?? 'nodes';
  const subject = `${entry}.match.names`;
  return createProblem('NODE_NAME_NOT_SET', {
    subject,
    message: `${subject} matches by node name, but neither --node-name nor NODE_NAME is set.`,
    remedy: 'Add this to env of the container: {name: NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}',
  });
}
