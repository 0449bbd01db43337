// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { Cancel, Clock } from '#ports/clock.ts';
import type { LabelsReading, NodeLabels } from '#ports/node-labels.ts';
import { ApiClient } from '../api/client.ts';
import type { ClusterAccess } from '../api/cluster-access.ts';
import { failureOfError, failureOfResponse } from '../api/failure.ts';
import { member } from '../api/json.ts';
import { LastGoodFile } from '../last-good-file.ts';
import { nodeForbidden, nodeMissing, nodeNameNotSetForLabels } from './problems.ts';

export interface KubernetesNodeOptions {
  readonly access: ClusterAccess;
  /** Null if it is not known. */
  readonly nodeName: string | null;
  /** The directory for the last labels; null for none. */
  readonly stateDirectory: string | null;
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
}

/** Between two requests while the labels are known, with a jitter of 20 %: 10,000 nodes send 33 requests a second. */
const refreshMs = 300_000;
/** Between two requests while they are not known, with a jitter of 50 %. */
const retryMs = 30_000;
/** A whole Node has tens of kilobytes, its metadata one or two (apimachinery, meta/v1, PartialObjectMetadata). */
const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';

type Labels = ReadonlyMap<string, string>;

/** A reading, and whether the API server was unreachable for it. */
type Observation = LabelsReading & { readonly unreachable: boolean };

/**
 * The labels of this program's own Node. While they are watched, one `get` of that object is repeated at a slow pace: a
 * watch would need a right to see all Nodes. There is one watch at a time. While the API server is unreachable, the
 * last known labels remain valid, even those of an earlier process.
 */
export class KubernetesNodeLabels implements NodeLabels {
  private readonly client: ApiClient;
  private readonly lastGood: LastGoodFile | null;
  private observation: Observation | null = null;
  /** The request under way: whoever needs one meanwhile shares it. */
  private request: Promise<Observation> | null = null;
  private onHint: (() => void) | null = null;
  private cancelTimer: Cancel = () => {};

  constructor(private readonly options: KubernetesNodeOptions) {
    const { access, clock, stateDirectory, nodeName } = options;
    this.client = new ApiClient(access, clock);
    this.lastGood =
      stateDirectory === null || nodeName === null
        ? null
        : new LastGoodFile(stateDirectory, `node-labels-${encodeURIComponent(nodeName)}.json`);
  }

  async read(): Promise<LabelsReading> {
    const current = this.onHint === null ? null : this.observation;
    const { unreachable: _, ...reading } = current ?? (await this.refresh());
    return reading;
  }

  watch(onHint: () => void): () => void {
    const listener = (): void => onHint();
    this.onHint = listener;
    this.scheduleRefresh();
    return () => {
      if (this.onHint !== listener) return;
      this.onHint = null;
      this.cancelTimer();
    };
  }

  private scheduleRefresh(): void {
    this.cancelTimer();
    if (this.onHint !== null)
      this.cancelTimer = this.options.clock.after(this.pauseMs(), () => void this.refreshAndHint());
  }

  private async refreshAndHint(): Promise<void> {
    const previous = fingerprintOf(this.observation);
    await this.refresh();
    if (fingerprintOf(this.observation) !== previous) this.onHint?.();
  }

  private pauseMs(): number {
    const { random } = this.options;
    const isKnown = this.observation !== null && this.observation.labels !== null && !this.observation.unreachable;
    return isKnown ? refreshMs * (0.8 + 0.4 * random()) : retryMs * (0.5 + random());
  }

  private async refresh(): Promise<Observation> {
    this.request ??= this.observe().finally(() => {
      this.request = null;
    });
    return await this.request;
  }

  private async observe(): Promise<Observation> {
    const observation = await this.get();
    if (observation.labels !== null) this.store(observation.labels);
    const lastKnown = observation.unreachable ? (this.observation?.labels ?? this.stored()) : null;
    this.observation = lastKnown === null ? observation : { labels: lastKnown, problem: null, unreachable: true };
    this.scheduleRefresh();
    return this.observation;
  }

  private async get(): Promise<Observation> {
    const { nodeName } = this.options;
    if (nodeName === null)
      return { labels: null, retryable: false, problem: nodeNameNotSetForLabels, unreachable: false };
    try {
      const response = await this.client.get(`/api/v1/nodes/${encodeURIComponent(nodeName)}`, metadataOnly);
      if (response.status === 200) return { labels: labelsOf(response.body), problem: null, unreachable: false };
      const problems = {
        forbidden: (reason: string): Problem => nodeForbidden(nodeName, reason),
        missing: (): Problem => nodeMissing(nodeName),
      };
      return { labels: null, retryable: true, ...failureOfResponse(response, this.client.server, problems) };
    } catch (error) {
      return { labels: null, retryable: true, ...failureOfError(error, this.client.server) };
    }
  }

  private stored(): Labels | null {
    const text = this.lastGood?.read().content?.text;
    try {
      return text === undefined ? null : labelsOf(JSON.parse(text));
    } catch {
      return null;
    }
  }

  private store(labels: Labels): void {
    const fingerprint = fingerprintOf({ labels, problem: null });
    if (this.lastGood === null || fingerprintOf(this.observation) === fingerprint) return;
    const text = JSON.stringify({ metadata: { labels: Object.fromEntries(labels) } });
    try {
      this.lastGood.write({ key: 'labels', text });
    } catch {
      // The settings are stored in the same directory: their source reports it.
    }
  }
}

function labelsOf(object: unknown): Labels {
  const labels = member(member(object, 'metadata'), 'labels');
  const pairs = typeof labels === 'object' && labels !== null ? Object.entries(labels) : [];
  return new Map(pairs.map(([key, value]) => [key, String(value)]));
}

/** Returns a text that is equal for equal readings. */
function fingerprintOf(reading: LabelsReading | null): string {
  const labels = reading?.labels && [...reading.labels].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([labels, reading?.problem]);
}
