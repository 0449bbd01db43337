// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import type { Cancel } from '#ports/clock.ts';
import type { LabelsReading, NodeLabels } from '#ports/node-labels.ts';
import { ApiClient } from '../api/client.ts';
import type { ClusterParts } from '../api/cluster-access.ts';
import { isUnreachable, problemOfError, problemOfResponse } from '../api/failure.ts';
import { member } from '../api/json.ts';
import { LastGoodFile } from '../last-good-file.ts';
import { nodeForbidden, nodeMissing, nodeNameNotSetForLabels } from './problems.ts';

export interface KubernetesNodeOptions extends ClusterParts {
  /** Null if it is not known. */
  readonly nodeName: string | null;
  /** The directory for the last labels; null for none. */
  readonly stateDirectory: string | null;
}

/** The request interval while the labels are known, with 20 % jitter: 10,000 nodes send 33 requests a second. */
const refreshMs = 300_000;
/** The request interval while they are not known, with 50 % jitter. */
const retryMs = 30_000;
/** A whole Node has tens of kilobytes, its metadata one or two (apimachinery, meta/v1, PartialObjectMetadata). */
const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';

type Labels = ReadonlyMap<string, string>;

/**
 * The labels of this program's own Node. While they are watched, one `get` of that object is repeated at a slow pace: a
 * watch would need permission to read all Nodes. There is one watch at a time. While the API server is unreachable, the
 * last known labels remain valid, even those of an earlier process.
 */
export class KubernetesNodeLabels implements NodeLabels {
  private readonly client: ApiClient;
  private readonly lastGood: LastGoodFile | null;
  private reading: LabelsReading | null = null;
  /** Whether the API server sent labels when it was last asked. */
  private isCurrent = false;
  /** The request in progress, shared by all callers that need one meanwhile. */
  private request: Promise<LabelsReading> | null = null;
  private onHint: (() => void) | null = null;
  private cancelTimer: Cancel = () => {};

  constructor(private readonly options: KubernetesNodeOptions) {
    const { access, clock, stateDirectory, nodeName } = options;
    this.client = new ApiClient(access, clock);
    this.lastGood =
      stateDirectory === null || nodeName === null
        ? null
        : new LastGoodFile(stateDirectory, `node-labels-${encodeURIComponent(nodeName)}.json`, clock);
  }

  async read(): Promise<LabelsReading> {
    const current = this.onHint === null ? null : this.reading;
    return current ?? (await this.refresh());
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
    const previous = this.reading;
    if (!isDeepStrictEqual(await this.refresh(), previous)) this.onHint?.();
  }

  private pauseMs(): number {
    const { random } = this.options;
    return this.isCurrent ? refreshMs * (0.8 + 0.4 * random()) : retryMs * (0.5 + random());
  }

  private async refresh(): Promise<LabelsReading> {
    this.request ??= this.observe().finally(() => {
      this.request = null;
    });
    return await this.request;
  }

  private async observe(): Promise<LabelsReading> {
    const reading = await this.get();
    this.isCurrent = reading.labels !== null;
    if (reading.labels !== null) await this.store(reading.labels);
    const lastKnown = isUnreachable(reading.problem) ? (this.reading?.labels ?? (await this.stored())) : null;
    this.reading = lastKnown === null ? reading : { labels: lastKnown, problem: null };
    this.scheduleRefresh();
    return this.reading;
  }

  private async get(): Promise<LabelsReading> {
    const { nodeName } = this.options;
    if (nodeName === null) return { labels: null, retryable: false, problem: nodeNameNotSetForLabels };
    try {
      const response = await this.client.get(`/api/v1/nodes/${encodeURIComponent(nodeName)}`, metadataOnly);
      if (response.status === 200) return { labels: labelsOf(response.body), problem: null };
      const problem = problemOfResponse(response, this.client.server, {
        forbidden: (reason) => nodeForbidden(nodeName, reason),
        missing: () => nodeMissing(nodeName),
      });
      return { labels: null, retryable: true, problem };
    } catch (error) {
      return { labels: null, retryable: true, problem: problemOfError(error) };
    }
  }

  private async stored(): Promise<Labels | null> {
    const text = (await this.lastGood?.read())?.content?.text;
    try {
      return text === undefined ? null : labelsOf(JSON.parse(text));
    } catch {
      return null;
    }
  }

  private async store(labels: Labels): Promise<void> {
    const text = JSON.stringify({ metadata: { labels: Object.fromEntries(labels) } });
    try {
      await this.lastGood?.write({ key: 'labels', text });
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
