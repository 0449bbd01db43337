// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfigMapValue, member } from './config-map-value.ts';
import type { ConfigMapName } from './kubernetes-problems.ts';

/** Keeps the last good settings of a ConfigMap on disk. */
export class LastGoodFile {
  readonly path: string;

  constructor(directory: string, { namespace, name }: ConfigMapName) {
    this.path = join(directory, `config-map-${namespace}-${name}.json`);
  }

  /** Never seen half-written, and readable for this program's user alone. Throws the operating system's error. */
  write(value: ConfigMapValue): void {
    mkdirSync(join(this.path, '..'), { recursive: true });
    writeFileSync(`${this.path}.new`, JSON.stringify(value), { mode: 0o600 });
    renameSync(`${this.path}.new`, this.path);
  }

  /** Null where nothing was kept, or nothing that can be read. */
  read(): ConfigMapValue | null {
    try {
      const kept: unknown = JSON.parse(readFileSync(this.path, 'utf8'));
      const [key, text] = [member(kept, 'key'), member(kept, 'text')];
      return typeof key === 'string' && typeof text === 'string' ? { key, text } : null;
    } catch {
      return null;
    }
  }
}
