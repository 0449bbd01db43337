// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '#domain/problem/problem.ts';
import type { ConfigReading, ConfigSource } from '#ports/config-source.ts';
import { ApiClient } from '../api/client.ts';
import type { ClusterParts } from '../api/cluster-access.ts';
import { isUnreachable } from '../api/failure.ts';
import type { KeyedText } from '../last-good-file.ts';
import { ConfigMapClient, type Observation } from './client.ts';
import type { ConfigMapName } from './problems.ts';
import { SettingsCache } from './settings-cache.ts';
import { type WatchPace, usualPace } from './watch-pace.ts';
import { ConfigMapWatch } from './watch.ts';

export interface KubernetesConfigOptions extends ClusterParts {
  readonly configMap: ConfigMapName;
  /** Null for the default keys. */
  readonly key: string | null;
  /** The directory for the last good settings; null for none. */
  readonly stateDirectory: string | null;
  /** Decodes the text of settings. `name` is their place for messages, and ends with their key. */
  readonly decode: (name: string, bytes: Uint8Array) => Promise<ConfigReading>;
  readonly pace?: WatchPace;
}

/**
 * Settings from one ConfigMap, read and watched over the Kubernetes API. While a watch is open, its last observation is
 * the newest one, and `read` makes no request.
 */
export class KubernetesConfigSource implements ConfigSource {
  private readonly client: ConfigMapClient;
  private readonly cache: SettingsCache | null;
  private observation: Observation | null = null;
  private isWatching = false;
  private watchProblem: Problem | null = null;

  constructor(private readonly options: KubernetesConfigOptions) {
    const { access, clock, configMap, key, stateDirectory } = options;
    this.client = new ConfigMapClient(new ApiClient(access, clock), configMap, key);
    this.cache = stateDirectory === null ? null : new SettingsCache(stateDirectory, configMap, key, clock);
  }

  async read(): Promise<ConfigReading> {
    const { value, problem } = this.isWatching && this.observation !== null ? this.observation : await this.get();
    if (value !== null) return await this.readValue(value);
    const reading = { valid: false, retryable: true, problems: [problem], warnings: [] } as const;
    if (this.cache === null || !isUnreachable(problem)) return reading;
    return await this.cache.read((cached) => this.decode(cached), reading);
  }

  watch(onHint: () => void): () => void {
    const { pace = usualPace } = this.options;
    const knownVersion = this.observation?.version ?? null;
    const watch = new ConfigMapWatch({
      ...this.options,
      client: this.client,
      pace,
      knownVersion,
      onObservation: (observation) => this.observe(observation, onHint),
      onRejection: (problem) => this.noteRejection(problem, onHint),
    });
    this.isWatching = knownVersion !== null;
    watch.start();
    return () => {
      this.isWatching = false;
      watch.stop();
    };
  }

  private observe(observation: Observation, onHint: () => void): void {
    const observed = newer(this.observation, observation);
    const isChange = !isSame(observed, this.observation);
    this.isWatching = true;
    this.observation = observed;
    if (isChange) onHint();
  }

  /** Without this, a get that is allowed and a watch that is not would look like settings that never change. */
  private noteRejection(problem: Problem | null, onHint: () => void): void {
    const isChange = !isDeepStrictEqual(problem, this.watchProblem);
    this.watchProblem = problem;
    if (isChange && this.observation?.value) onHint();
  }

  private async get(): Promise<Observation> {
    const observed = newer(this.observation, await this.client.get());
    if (!this.isWatching) this.observation = observed;
    return observed;
  }

  private async readValue(value: KeyedText): Promise<ConfigReading> {
    const reading = await this.decode(value);
    const cacheProblem = reading.valid ? ((await this.cache?.store(value)) ?? null) : null;
    const warnings = [cacheProblem, this.watchProblem].filter((problem) => problem !== null);
    return { ...reading, warnings: [...reading.warnings, ...warnings] };
  }

  /** An invalid value is retryable: the operator can correct the ConfigMap while the program waits. */
  private async decode({ key, text }: KeyedText): Promise<ConfigReading> {
    const { namespace, name } = this.options.configMap;
    const reading = await this.options.decode(`ConfigMap ${namespace}/${name}, ${key}`, Buffer.from(text));
    return reading.valid ? reading : { ...reading, retryable: true };
  }
}

/**
 * Returns the newer of two observations, or the older one if both say that the API server is unreachable: the reason
 * may differ from one attempt to the next, but the condition is the same and must not be reported again.
 */
function newer(older: Observation | null, latest: Observation): Observation {
  return older !== null && isUnreachable(older.problem) && isUnreachable(latest.problem) ? older : latest;
}

/** Whether two observations mean the same, whatever the version of the object. */
function isSame(one: Observation, other: Observation | null): boolean {
  return isDeepStrictEqual([one.value, one.problem], [other?.value, other?.problem]);
}
