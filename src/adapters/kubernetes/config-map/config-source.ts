// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import type { ConfigReading, ConfigSource } from '#ports/config-source.ts';
import { type Answer, ApiClient, isAway } from '../api/client.ts';
import type { ClusterAccess } from '../api/cluster-access.ts';
import { type ConfigMapValue, valueOf } from '../api/value.ts';
import { ConfigMapWatch, type WatchParts, versionOf } from './watch.ts';
import {
  type ConfigMapName,
  configMapMissing,
  forbidden,
  fromDisk,
  keptUnusable,
  notKept,
  unreachable,
} from '../api/problems.ts';
import { isMissing, problemOfStatus, statusMessage } from '../api/status-problem.ts';
import { LastGoodFile } from '../last-good-file.ts';
import { type WatchPace, usualPace } from './watch-pace.ts';

/** Reads the text of settings; `name` says in messages where it stands, and ends with its key. */
export type DecodeSettings = (name: string, bytes: Uint8Array) => Promise<ConfigReading>;

export interface KubernetesConfigOptions {
  readonly access: ClusterAccess;
  readonly configMap: ConfigMapName;
  /** Null for the default keys. */
  readonly key: string | null;
  /** Where the last good settings are kept; null for nowhere. */
  readonly stateDirectory: string | null;
  readonly decode: DecodeSettings;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly pace?: WatchPace;
}

/** What the API said last of the object: its value, or what is wrong. `away` says that nobody answered. */
type Word =
  | { readonly value: ConfigMapValue; readonly problem: null }
  | { readonly value: null; readonly problem: Problem; readonly away: boolean };

/**
 * Settings from one ConfigMap, read and watched by the Kubernetes API; nothing else is asked for. While the watch is open its word is the newest
 * there is, and a reading asks nobody.
 */
export class KubernetesConfigSource implements ConfigSource {
  private readonly client: ApiClient;
  private readonly lastGood: LastGoodFile | null;
  private word: Word | null = null;
  private watching = false;
  /** Of the object that `word` is of. */
  private version: string | null = null;
  private watchProblem: Problem | null = null;
  private kept: string | null = null;
  /** Whether good settings came from the API in the life of this process. */
  private hasRead = false;

  constructor(private readonly options: KubernetesConfigOptions) {
    this.client = new ApiClient(options.access, options.clock);
    const { namespace, name } = options.configMap;
    this.lastGood =
      options.stateDirectory === null
        ? null
        : new LastGoodFile(options.stateDirectory, `config-map-${namespace}-${name}.json`);
  }

  async read(): Promise<ConfigReading> {
    const word = this.watching && this.word !== null ? this.word : await this.first();
    if (word.value !== null) return await this.judge(word.value);
    const away: ConfigReading & { readonly valid: false } = {
      valid: false,
      retryable: true,
      problems: [word.problem],
      warnings: [],
    };
    // What was read before is in force, and newer than what may have been kept.
    return word.away && this.lastGood !== null && !this.hasRead ? await this.fromDisk(this.lastGood, away) : away;
  }

  /** The settings that an earlier process kept; `otherwise` where there are none that can be used, with the reason. */
  private async fromDisk(
    file: LastGoodFile,
    otherwise: ConfigReading & { readonly valid: false },
  ): Promise<ConfigReading> {
    const { configMap, key } = this.options;
    const { value, broken } = file.read();
    if (broken !== null) return { ...otherwise, warnings: [keptUnusable(file.path, broken)] };
    if (value === null || (key !== null && value.key !== key)) return otherwise;
    const reading = await this.decode(value);
    if (reading.valid) return { ...reading, warnings: [...reading.warnings, fromDisk(configMap, file.path)] };
    const faults = reading.problems.map(({ message }) => message).join(' ');
    return {
      ...otherwise,
      warnings: [keptUnusable(file.path, `it was good for another version of this program: ${faults}`)],
    };
  }

  watch(onHint: () => void): () => void {
    const { configMap } = this.options;
    const watch = new ConfigMapWatch<Word>(this.watchParts(), {
      word: (said) => {
        const word = this.settled(said);
        const changed = JSON.stringify(word) !== JSON.stringify(this.word);
        this.watching = true;
        this.word = word;
        if (changed) onHint();
      },
      // A get that is allowed and a watch that is not would otherwise look like settings that never change.
      refused: (answer) => {
        const problem = answer === null ? null : problemOf(answer, configMap, this.client.server);
        const changed = JSON.stringify(problem) !== JSON.stringify(this.watchProblem);
        this.watchProblem = problem;
        if (changed && this.word?.value) onHint();
      },
    });
    this.watching = this.version !== null;
    watch.start(this.version);
    return () => {
      this.watching = false;
      watch.stop();
    };
  }

  private watchParts(): WatchParts<Word> {
    const { clock, random, configMap, pace = usualPace } = this.options;
    return {
      ...{ client: this.client, configMap, clock, random, pace },
      ask: () => this.ask(),
      wordOf: (object) => this.wordOfObject(object),
      wordOfAbsence: (absence) =>
        absence instanceof ProblemError ? this.wordOfProblem(absence) : this.wordOf(absence),
    };
  }

  private async first(): Promise<Word> {
    const { word, version } = await this.ask();
    const settled = this.settled(word);
    if (!this.watching) [this.word, this.version] = [settled, version];
    return settled;
  }

  /** Why nobody answers may differ from one try to the next; that nobody does is one thing to tell. */
  private settled(said: Word): Word {
    return isOfAbsence(said) && this.word !== null && isOfAbsence(this.word) ? this.word : said;
  }

  /** Asks for the object now. */
  private async ask(): Promise<{ readonly word: Word; readonly version: string | null }> {
    const { namespace, name } = this.options.configMap;
    try {
      const answer = await this.client.get(
        `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`,
      );
      return { word: this.wordOf(answer), version: answer.status === 200 ? versionOf(answer.body) : null };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return { word: this.wordOfProblem(error), version: null };
    }
  }

  private wordOfProblem({ problems }: ProblemError): Word {
    const [problem = unreachable(this.client.server, 'no reason given')] = problems;
    return { value: null, problem, away: problem.code === 'KUBERNETES_UNREACHABLE' };
  }

  private wordOfObject(object: unknown): Word {
    const { configMap, key } = this.options;
    return object === null
      ? { value: null, problem: configMapMissing(configMap), away: false }
      : asWord(valueOf(object, configMap, key));
  }

  private wordOf(answer: Answer): Word {
    const { configMap } = this.options;
    if (answer.status === 200) return this.wordOfObject(answer.body);
    return { value: null, problem: problemOf(answer, configMap, this.client.server), away: isAway(answer.status) };
  }

  private async judge(value: ConfigMapValue): Promise<ConfigReading> {
    const reading = await this.decode(value);
    this.hasRead ||= reading.valid;
    const more = [reading.valid ? this.keep(value) : null, this.watchProblem].filter((problem) => problem !== null);
    return { ...reading, warnings: [...reading.warnings, ...more] };
  }

  /** The operator mends the object while this program waits: so a bad value is worth waiting too. */
  private async decode({ key, text }: ConfigMapValue): Promise<ConfigReading> {
    const { namespace, name } = this.options.configMap;
    const reading = await this.options.decode(`ConfigMap ${namespace}/${name}, ${key}`, Buffer.from(text));
    return reading.valid ? reading : { ...reading, retryable: true };
  }

  private keep(value: ConfigMapValue): Problem | null {
    if (this.lastGood === null || this.kept === value.text) return null;
    try {
      this.lastGood.write(value);
      this.kept = value.text;
      return null;
    } catch (error) {
      return notKept(this.lastGood.path, error);
    }
  }
}

function isOfAbsence(word: Word): boolean {
  return word.value === null && word.away;
}

function asWord(reading: ReturnType<typeof valueOf>): Word {
  return reading.value === null ? { ...reading, away: false } : reading;
}

/** What a status other than 200 says. */
function problemOf(answer: Answer, configMap: ConfigMapName, server: URL): Problem {
  if (answer.status === 403) return forbidden(configMap, statusMessage(answer));
  return isMissing(answer) ? configMapMissing(configMap) : problemOfStatus(answer, server);
}
