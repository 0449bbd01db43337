// SPDX-License-Identifier: Apache-2.0
import { errorCode } from '#adapters/host/error-code.ts';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfigMapValue, member } from './api/value.ts';

/** Keeps on disk what the API said last. */
export class LastGoodFile {
  readonly path: string;

  constructor(directory: string, file: string) {
    this.path = join(directory, file);
  }

  /** Never seen half-written, and readable for this program's user alone. Throws the operating system's error. */
  write(value: ConfigMapValue): void {
    mkdirSync(join(this.path, '..'), { recursive: true });
    writeFileSync(`${this.path}.new`, JSON.stringify(value), { mode: 0o600 });
    renameSync(`${this.path}.new`, this.path);
  }

  /** `broken` says why what is there cannot be used; null where it can, and where nothing was kept. */
  read(): { readonly value: ConfigMapValue | null; readonly broken: string | null } {
    try {
      const kept: unknown = JSON.parse(readFileSync(this.path, 'utf8'));
      const [key, text] = [member(kept, 'key'), member(kept, 'text')];
      return typeof key === 'string' && typeof text === 'string'
        ? { value: { key, text }, broken: null }
        : { value: null, broken: 'it does not have the form in which this program keeps them' };
    } catch (error) {
      if (error instanceof SyntaxError) return { value: null, broken: 'it is not JSON' };
      return { value: null, broken: errorCode(error) === 'ENOENT' ? null : errorCode(error) };
    }
  }
}
