// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import type { ConfigReading, ConfigSource } from '#ports/config-source.ts';
import { followFile } from './follow-file.ts';
import { readBoundedFile, settingsFile } from './read-bounded-file.ts';
import { readSettings } from '../read-settings.ts';

/** Settings from a file, JSON as upstream's or YAML. */
export class FileConfigSource implements ConfigSource {
  readonly #path: string;
  readonly #clock: Clock;

  constructor({ path, clock }: { readonly path: string; readonly clock: Clock }) {
    this.#path = path;
    this.#clock = clock;
  }

  async read(): Promise<ConfigReading> {
    try {
      return await this.#read();
    } catch (error) {
      return refused(unforeseen(this.#path, error));
    }
  }

  watch(onHint: () => void): () => void {
    return followFile(this.#path, this.#clock, onHint);
  }

  async #read(): Promise<ConfigReading> {
    const file = readBoundedFile(this.#path, settingsFile);
    if (file.problem !== null) return refused(file.problem);
    return await readSettings(this.#path, file.bytes);
  }
}

function refused(problem: Problem): ConfigReading {
  return { valid: false, retryable: problem.code === 'CONFIG_FILE_MISSING', problems: [problem], warnings: [] };
}

function unforeseen(path: string, error: unknown): Problem {
  const cause = error instanceof Error ? error.message : 'a failure without a name';
  return createProblem('CONFIG_READ_FAILED', {
    subject: path,
    message: `Reading the settings of ${path} failed in a way that was not foreseen (${cause}).`,
    remedy: 'Report this with the settings file.',
  });
}
