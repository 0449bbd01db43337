// SPDX-License-Identifier: Apache-2.0
import { type FollowedFile, followFile } from '#adapters/host/follow-file.ts';
import { type Problem, createProblem, hasCode, messageOf } from '#domain/problem/problem.ts';
import type { ConfigReading, ConfigSource } from '#ports/config-source.ts';
import { readSettings } from '../read-settings.ts';
import { type FileDescription, readDescribedFile } from './described-file.ts';

/** Settings from a file: JSON, as upstream's, or YAML. */
export class FileConfigSource implements ConfigSource {
  constructor(private readonly file: FollowedFile) {}

  async read(): Promise<ConfigReading> {
    const { path } = this.file;
    try {
      const { bytes, problem } = await readDescribedFile(path, settingsFile);
      return problem === null ? await readSettings(path, bytes) : invalid(problem);
    } catch (error) {
      return invalid(unexpected(path, error));
    }
  }

  watch(onHint: () => void): () => void {
    return followFile(this.file, onHint);
  }
}

export const settingsFile: FileDescription = {
  title: 'settings file',
  flag: '--config-file',
  codes: {
    missing: 'CONFIG_FILE_MISSING',
    unreadable: 'CONFIG_FILE_UNREADABLE',
    notAFile: 'CONFIG_FILE_NOT_A_FILE',
    tooLarge: 'CONFIG_FILE_TOO_LARGE',
  },
};

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
