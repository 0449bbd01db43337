// SPDX-License-Identifier: Apache-2.0
import { errorCode } from '#adapters/host/error-code.ts';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { member } from './api/json.ts';

/** A text from the API, and the key that it was read from. */
export interface KeyedText {
  readonly key: string;
  readonly text: string;
}

/** A file with the last good answer of the API, for a start while the API server is unreachable. */
export class LastGoodFile {
  readonly path: string;
  private writtenText: string | null = null;

  constructor(directory: string, name: string) {
    this.path = join(directory, name);
  }

  /**
   * Replaces the content atomically, readable for this program's user only, unless this process has written the same
   * text before. Throws the operating system's error.
   */
  write(content: KeyedText): void {
    if (content.text === this.writtenText) return;
    mkdirSync(dirname(this.path), { recursive: true });
    writeFileSync(`${this.path}.new`, JSON.stringify(content), { mode: 0o600 });
    renameSync(`${this.path}.new`, this.path);
    this.writtenText = content.text;
  }

  /**
   * Returns the content, null if there is none. `unusable` says why a file that exists cannot be used; otherwise null.
   */
  read(): { readonly content: KeyedText | null; readonly unusable: string | null } {
    try {
      const content: unknown = JSON.parse(readFileSync(this.path, 'utf8'));
      const [key, text] = [member(content, 'key'), member(content, 'text')];
      return typeof key === 'string' && typeof text === 'string'
        ? { content: { key, text }, unusable: null }
        : { content: null, unusable: 'it was not written by this program' };
    } catch (error) {
      if (error instanceof SyntaxError) return { content: null, unusable: 'it is not JSON' };
      return { content: null, unusable: errorCode(error) === 'ENOENT' ? null : errorCode(error) };
    }
  }
}
