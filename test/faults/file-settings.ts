// SPDX-License-Identifier: Apache-2.0
import { lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SettingsStage, type WritingWay } from './settings-stage.ts';

/** Settings in a file. */
export class FileSettings extends SettingsStage {
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

  async begin(): Promise<void> {}

  async close(): Promise<void> {}

  protected takeAway(directory: boolean): void {
    rmSync(this.file, { force: true, recursive: true });
    if (directory) mkdirSync(this.file);
  }

  protected takePlaceAway(): void {
    renameSync(this.directory, `${this.directory}.old`);
    mkdirSync(this.directory);
    rmSync(`${this.directory}.old`, { recursive: true });
  }

  protected write(text: string, way: WritingWay): void {
    const present = lstatSync(this.file, { throwIfNoEntry: false });
    if (present?.isDirectory() === true || (present?.isSymbolicLink() === true && way === 'in place'))
      rmSync(this.file, { recursive: true });
    if (way === 'as a ConfigMap') return this.writeVolume(text);
    const file = way === 'by rename' ? `${this.file}.new` : this.file;
    writeFileSync(file, text);
    if (way === 'by rename') renameSync(file, this.file);
  }

  /** The file is a link to one in `..data`, and that is a link to the directory of a version. */
  private writeVolume(text: string): void {
    this.version += 1;
    const [version, before] = [`..${this.version}`, `..${this.version - 1}`];
    mkdirSync(join(this.directory, version));
    writeFileSync(join(this.directory, version, basename(this.file)), text);
    this.point('..data', version);
    this.point(basename(this.file), join('..data', basename(this.file)));
    rmSync(join(this.directory, before), { recursive: true, force: true });
  }

  private point(name: string, target: string): void {
    symlinkSync(target, join(this.directory, '..new'));
    renameSync(join(this.directory, '..new'), join(this.directory, name));
  }
}
