// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem, hasCode, messageOf } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import type { ConfigReading, ConfigSource } from '#ports/config-source.ts';
import { readSettings } from '../read-settings.ts';
import { followFile } from './follow-file.ts';
import { readBoundedFile, settingsFile } from './read-bounded-file.ts';

/** Settings from a file: JSON, as upstream's, or YAML. */
export class FileConfigSource implements ConfigSource {
  private readonly path: string;
  private readonly clock: Clock;

  constructor({ path, clock }: { readonly path: string; readonly clock: Clock }) {
    this.path = path;
    this.clock = clock;
  }

  async read(): Promise<ConfigReading> {
    try {
      const { bytes, problem } = readBoundedFile(this.path, settingsFile);
      return problem === null ? await readSettings(this.path, bytes) : invalid(problem);
    } catch (error) {
      return invalid(unexpected(this.path, error));
    }
  }

  watch(onHint: () => void): () => void {
    return followFile(this.path, this.clock, onHint);
  }
}

function invalid(problem: Problem): ConfigReading {
  return { valid: false, retryable: hasCode(problem, 'CONFIG_FILE_MISSING'), problems: [problem], warnings: [] };
}

function unexpected(path: string, error: unknown): Problem {
  return createProblem('CONFIG_READ_FAILED', {
    subject: path,
    message: `Reading the settings from ${path} failed unexpectedly: ${messageOf(error)}.`,
    remedy: 'Report this as a bug, with the settings file.',
  });
}
