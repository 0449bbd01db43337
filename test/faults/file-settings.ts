// SPDX-License-Identifier: Apache-2.0
import { lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TestSettings, type WriteMethod } from './test-settings.ts';

/** Settings in a file. */
export class FileSettings extends TestSettings {
  private readonly directory: string;
  private readonly file: string;
  private version = 0;

  constructor(directory: string) {
    super();
    this.directory = join(directory, 'settings');
    this.file = join(this.directory, 'config.json');
    mkdirSync(this.directory);
  }

  get words(): readonly string[] {
    return ['-config-file', this.file];
  }

  async start(): Promise<void> {}

  async close(): Promise<void> {}

  protected removeFile(leaveDirectory: boolean): void {
    rmSync(this.file, { force: true, recursive: true });
    if (leaveDirectory) mkdirSync(this.file);
  }

  protected emptyDirectory(): void {
    renameSync(this.directory, `${this.directory}.old`);
    mkdirSync(this.directory);
    rmSync(`${this.directory}.old`, { recursive: true });
  }

  protected write(text: string, method: WriteMethod): void {
    const present = lstatSync(this.file, { throwIfNoEntry: false });
    if (present?.isDirectory() === true || (present?.isSymbolicLink() === true && method === 'in place'))
      rmSync(this.file, { recursive: true });
    if (method === 'as a ConfigMap') return this.writeVolume(text);
    const file = method === 'by rename' ? `${this.file}.new` : this.file;
    writeFileSync(file, text);
    if (method === 'by rename') renameSync(file, this.file);
  }

  /**
   * Writes the layout of a ConfigMap volume: the file links into `..data`, which links to the directory of one version.
   */
  private writeVolume(text: string): void {
    this.version += 1;
    const [version, before] = [`..${this.version}`, `..${this.version - 1}`];
    mkdirSync(join(this.directory, version));
    writeFileSync(join(this.directory, version, basename(this.file)), text);
    this.replaceLink('..data', version);
    this.replaceLink(basename(this.file), join('..data', basename(this.file)));
    rmSync(join(this.directory, before), { recursive: true, force: true });
  }

  private replaceLink(name: string, target: string): void {
    symlinkSync(target, join(this.directory, '..new'));
    renameSync(join(this.directory, '..new'), join(this.directory, name));
  }
}
