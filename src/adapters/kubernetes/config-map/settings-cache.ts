// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import type { ConfigReading } from '#ports/config-source.ts';
import { type KeyedText, LastGoodFile } from '../last-good-file.ts';
import { type ConfigMapName, cacheUnusable, cacheWriteFailed, settingsFromCache } from './problems.ts';

type InvalidReading = Extract<ConfigReading, { readonly valid: false }>;

/** The last good settings on disk, for a start while the API server is unreachable. */
export class SettingsCache {
  private readonly file: LastGoodFile;
  /** Whether this process has read valid settings. They are newer than the cache, which may not be writable. */
  private isSuperseded = false;

  /** `key` is the only key whose settings may be used; null for any. */
  constructor(
    directory: string,
    private readonly configMap: ConfigMapName,
    private readonly key: string | null,
    clock: Clock,
  ) {
    this.file = new LastGoodFile(directory, `config-map-${configMap.namespace}-${configMap.name}.json`, clock);
  }

  /** Caches valid settings. Resolves to a problem if they cannot be written. */
  async store(value: KeyedText): Promise<Problem | null> {
    this.isSuperseded = true;
    try {
      await this.file.write(value);
      return null;
    } catch (error) {
      return cacheWriteFailed(this.file.path, error);
    }
  }

  /** Returns the settings that an earlier process cached, or `otherwise` if there are none that can be used. */
  async read(decode: (value: KeyedText) => Promise<ConfigReading>, otherwise: InvalidReading): Promise<ConfigReading> {
    if (this.isSuperseded) return otherwise;
    const { path } = this.file;
    const { content, unusable } = await this.file.read();
    if (unusable !== null) return { ...otherwise, warnings: [cacheUnusable(path, unusable)] };
    if (content === null || (this.key !== null && content.key !== this.key)) return otherwise;
    const reading = await decode(content);
    if (reading.valid) return { ...reading, warnings: [...reading.warnings, settingsFromCache(this.configMap, path)] };
    const found = reading.problems.map(({ message }) => message).join(' ');
    return { ...otherwise, warnings: [cacheUnusable(path, `this version of the program rejects them: ${found}`)] };
  }
}
