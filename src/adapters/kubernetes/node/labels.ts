// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError } from '#domain/problem/problem.ts';
import type { Cancel, Clock } from '#ports/clock.ts';
import type { LabelsReading, NodeLabels } from '#ports/node-labels.ts';
import { type Answer, ApiClient, isAway } from '../api/client.ts';
import type { ClusterAccess } from '../api/cluster-access.ts';
import { member } from '../api/value.ts';
import { nodeForbidden, nodeMissing, nodeUnnamed, unreachable } from '../api/problems.ts';
import { isMissing, problemOfStatus, statusMessage } from '../api/status-problem.ts';
import { LastGoodFile } from '../last-good-file.ts';

export interface KubernetesNodeOptions {
  readonly access: ClusterAccess;
  /** Null where it is not known. */
  readonly nodeName: string | null;
  /** Where the last labels are kept; null for nowhere. */
  readonly stateDirectory: string | null;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** Between two looks at labels that are known, with a fifth more or less by chance: 10,000 nodes ask 33 times a second. */
const lookMs = 300_000;
/** Between two tries to come to know them, with a half more or less. */
const tryMs = 30_000;
/** A node with its status has tens of kilobytes, its metadata one or two (apimachinery, meta/v1, PartialObjectMetadata). */
const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';

/** `away` says that nobody answered. */
type Word = LabelsReading & { readonly away: boolean };

/**
 * The labels of the own node by the Kubernetes API: a `get` of that one object, again at a slow pace while they are watched. A watch of
 * nodes would need the right to see all of them. One watch at a time. While the API server is away, what was known last holds, also that of an earlier process.
 */
export class KubernetesNodeLabels implements NodeLabels {
  private readonly client: ApiClient;
  private readonly lastGood: LastGoodFile | null;
  private word: Word | null = null;
  private asking: Promise<Word> | null = null;
  private onHint: (() => void) | null = null;
  private cancelLook: Cancel = () => {};

  constructor(private readonly options: KubernetesNodeOptions) {
    const { access, clock, stateDirectory, nodeName } = options;
    this.client = new ApiClient(access, clock);
    this.lastGood =
      stateDirectory === null || nodeName === null
        ? null
        : new LastGoodFile(stateDirectory, `node-labels-${encodeURIComponent(nodeName)}.json`);
  }

  async read(): Promise<LabelsReading> {
    const { away: _, ...reading } = this.onHint !== null && this.word !== null ? this.word : await this.ask();
    return reading;
  }

  watch(onHint: () => void): () => void {
    const mine = (): void => onHint();
    this.onHint = mine;
    this.lookLater();
    return () => {
      if (this.onHint !== mine) return;
      this.onHint = null;
      this.cancelLook();
    };
  }

  private lookLater(): void {
    this.cancelLook();
    if (this.onHint !== null) this.cancelLook = this.options.clock.after(this.pauseMs(), () => void this.look());
  }

  private async look(): Promise<void> {
    const before = shown(this.word);
    await this.ask();
    if (shown(this.word) !== before) this.onHint?.();
  }

  private pauseMs(): number {
    const { random } = this.options;
    return this.word?.labels && !this.word.away ? lookMs * (0.8 + 0.4 * random()) : tryMs * (0.5 + random());
  }

  private async ask(): Promise<Word> {
    this.asking ??= this.askNow().finally(() => {
      this.asking = null;
    });
    return await this.asking;
  }

  private async askNow(): Promise<Word> {
    const word = await this.get();
    if (word.labels !== null) this.keep(word.labels);
    const known = word.away ? (this.word?.labels ?? this.kept()) : null;
    this.word = known === null ? word : { labels: known, problem: null, away: true };
    this.lookLater();
    return this.word;
  }

  private async get(): Promise<Word> {
    const { nodeName } = this.options;
    if (nodeName === null) return { labels: null, retryable: false, problem: nodeUnnamed, away: false };
    try {
      return this.wordOf(
        await this.client.get(`/api/v1/nodes/${encodeURIComponent(nodeName)}`, metadataOnly),
        nodeName,
      );
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const [problem = unreachable(this.client.server, 'no reason given')] = error.problems;
      return { labels: null, retryable: true, problem, away: problem.code === 'KUBERNETES_UNREACHABLE' };
    }
  }

  private wordOf(answer: Answer, nodeName: string): Word {
    if (answer.status === 200) return { labels: labelsOf(answer.body), problem: null, away: false };
    return { labels: null, retryable: true, problem: this.problemOf(answer, nodeName), away: isAway(answer.status) };
  }

  private problemOf(answer: Answer, nodeName: string): Problem {
    if (answer.status === 403) return nodeForbidden(nodeName, statusMessage(answer));
    return isMissing(answer) ? nodeMissing(nodeName) : problemOfStatus(answer, this.client.server);
  }

  private kept(): ReadonlyMap<string, string> | null {
    const text = this.lastGood?.read().value?.text;
    try {
      return text === undefined ? null : labelsOf(JSON.parse(text));
    } catch {
      return null;
    }
  }

  private keep(labels: ReadonlyMap<string, string>): void {
    if (this.lastGood === null || shown(this.word) === shown({ labels, problem: null, away: false })) return;
    try {
      this.lastGood.write({
        key: 'labels',
        text: JSON.stringify({ metadata: { labels: Object.fromEntries(labels) } }),
      });
    } catch {
      // The settings, which are kept beside them, fail in the same way and say so.
    }
  }
}

function labelsOf(object: unknown): ReadonlyMap<string, string> {
  const labels = member(member(object, 'metadata'), 'labels');
  const pairs = typeof labels === 'object' && labels !== null ? Object.entries(labels) : [];
  return new Map(pairs.map(([key, value]) => [key, String(value)]));
}

function shown(word: Word | null): string {
  return JSON.stringify([word?.labels && [...word.labels].toSorted(([a], [b]) => (a < b ? -1 : 1)), word?.problem]);
}
