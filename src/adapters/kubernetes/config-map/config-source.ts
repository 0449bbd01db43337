// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import type { ConfigReading, ConfigSource } from '#ports/config-source.ts';
import { ApiClient, type ApiResponse } from '../api/client.ts';
import type { ClusterAccess } from '../api/cluster-access.ts';
import type { KeyedText } from '../last-good-file.ts';
import { ConfigMapClient } from './client.ts';
import { type Observation, coalesce } from './observation.ts';
import type { ConfigMapName } from './problems.ts';
import { SettingsCache } from './settings-cache.ts';
import { type WatchPace, usualPace } from './watch-pace.ts';
import { ConfigMapWatch } from './watch.ts';

/** Decodes the text of settings. `name` is their place for messages, and ends with their key. */
type DecodeSettings = (name: string, bytes: Uint8Array) => Promise<ConfigReading>;

export interface KubernetesConfigOptions {
  readonly access: ClusterAccess;
  readonly configMap: ConfigMapName;
  /** Null for the default keys. */
  readonly key: string | null;
  /** The directory for the last good settings; null for none. */
  readonly stateDirectory: string | null;
  readonly decode: DecodeSettings;
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
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
  /** The version of the observed object; null if there is none. */
  private version: string | null = null;
  private isWatching = false;
  private watchProblem: Problem | null = null;

  constructor(private readonly options: KubernetesConfigOptions) {
    const { access, clock, configMap, key, stateDirectory } = options;
    this.client = new ConfigMapClient(new ApiClient(access, clock), configMap, key);
    const decode = (value: KeyedText): Promise<ConfigReading> => this.decode(value);
    this.cache =
      stateDirectory === null ? null : new SettingsCache({ directory: stateDirectory, configMap, key, decode });
  }

  async read(): Promise<ConfigReading> {
    const observation = this.isWatching && this.observation !== null ? this.observation : await this.get();
    if (observation.value !== null) return await this.readValue(observation.value);
    const reading = { valid: false, retryable: true, problems: [observation.problem], warnings: [] } as const;
    return observation.unreachable && this.cache !== null ? await this.cache.read(reading) : reading;
  }

  watch(onHint: () => void): () => void {
    const { clock, random, pace = usualPace } = this.options;
    const watch = new ConfigMapWatch(
      { client: this.client, clock, random, pace, knownVersion: this.version },
      {
        observed: (observation) => this.observe(observation, onHint),
        watchRejected: (response) => this.noteRejection(response, onHint),
      },
    );
    this.isWatching = this.version !== null;
    watch.start();
    return () => {
      this.isWatching = false;
      watch.stop();
    };
  }

  private observe(observation: Observation, onHint: () => void): void {
    const observed = coalesce(this.observation, observation);
    const isChange = JSON.stringify(observed) !== JSON.stringify(this.observation);
    this.isWatching = true;
    this.observation = observed;
    if (isChange) onHint();
  }

  /** Without this, a get that is allowed and a watch that is not would look like settings that never change. */
  private noteRejection(response: ApiResponse | null, onHint: () => void): void {
    const problem = response === null ? null : this.client.problemOf(response);
    const isChange = JSON.stringify(problem) !== JSON.stringify(this.watchProblem);
    this.watchProblem = problem;
    if (isChange && this.observation?.value) onHint();
  }

  private async get(): Promise<Observation> {
    const { observation, version } = await this.client.get();
    const observed = coalesce(this.observation, observation);
    if (!this.isWatching) [this.observation, this.version] = [observed, version];
    return observed;
  }

  private async readValue(value: KeyedText): Promise<ConfigReading> {
    const reading = await this.decode(value);
    const cacheProblem = reading.valid ? (this.cache?.store(value) ?? null) : null;
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
