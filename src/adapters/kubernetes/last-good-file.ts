// SPDX-License-Identifier: Apache-2.0
import { UnsuitableFile, readTextFile } from '#adapters/host/bounded-file.ts';
import { makeDirectory, replaceFile } from '#adapters/host/durable-file.ts';
import { errorCode } from '#adapters/host/error-code.ts';
import { promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '#ports/clock.ts';
import { withDeadline } from '#timing/deadline.ts';
import { member } from './api/json.ts';

/** How long a file system may take, which may be that of another machine. */
const fileMs = 5_000;

/** A text from the API, and the key that it was read from. */
export interface KeyedText {
  readonly key: string;
  readonly text: string;
}

/** A file with the last good answer of the API, for a start while the API server is unreachable. */
export class LastGoodFile {
  readonly path: string;
  private writtenText: string | null = null;

  constructor(
    directory: string,
    name: string,
    private readonly clock: Clock,
  ) {
    this.path = join(directory, name);
  }

  /**
   * Replaces the content atomically, readable for this program's user only, unless this process has written the same
   * text before. Rejects with the operating system's error, or after 5 s.
   */
  async write(content: KeyedText): Promise<void> {
    if (content.text === this.writtenText) return;
    await this.inTime(this.replace(JSON.stringify(content)));
    this.writtenText = content.text;
  }

  private async replace(text: string): Promise<void> {
    await makeDirectory(dirname(this.path));
    const temporary = `${this.path}.new`;
    // From an interrupted write, or a link of somebody else, which replaceFile refuses to write through.
    await fs.rm(temporary, { force: true });
    await replaceFile(this.path, temporary, text, 0o600);
  }

  private async inTime<T>(work: Promise<T>): Promise<T> {
    return await withDeadline(this.clock, fileMs, work, () => {
      throw new Error(`the file system does not answer after ${fileMs / 1000} s`);
    });
  }

  /**
   * Resolves to the content, null if there is none. `unusable` says why a file that exists cannot be used; otherwise
   * null. Never rejects.
   */
  async read(): Promise<{ readonly content: KeyedText | null; readonly unusable: string | null }> {
    try {
      const content: unknown = JSON.parse(await this.inTime(readTextFile(this.path)));
      const [key, text] = [member(content, 'key'), member(content, 'text')];
      return typeof key === 'string' && typeof text === 'string'
        ? { content: { key, text }, unusable: null }
        : { content: null, unusable: 'it was not written by this program' };
    } catch (error) {
      if (error instanceof SyntaxError) return { content: null, unusable: 'it is not JSON' };
      if (error instanceof UnsuitableFile) return { content: null, unusable: error.message };
      return { content: null, unusable: errorCode(error) === 'ENOENT' ? null : errorCode(error) };
    }
  }
}
