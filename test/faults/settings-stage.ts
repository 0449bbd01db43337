// SPDX-License-Identifier: Apache-2.0
import { lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Vendor, vendors as allVendors } from './host-stage.ts';

/** How the HCAs of some vendors are asked for: by one selector, by one for each, or by all vendors but the others. */
export const selectionForms = ['one selector', 'several selectors', 'an exception'] as const;

/** A resource, as the suite knows it. */
export interface StagedResource {
  readonly resource: string;
  readonly count: number;
  readonly sharing: 'pool' | 'device';
  readonly vendors: readonly Vendor[];
  readonly form: (typeof selectionForms)[number];
  readonly env: boolean;
  readonly linkDown: 'ignore' | 'unhealthy';
  readonly holdDownSeconds: number;
}

/** How a file comes to be another: written over, replaced, or as the kubelet does it with a ConfigMap. */
export const writingWays = ['in place', 'by rename', 'as a ConfigMap'] as const;
export type WritingWay = (typeof writingWays)[number];

/** Every name that a resource of the suite ever has. */
export const resourceNames = ['rdma/r0', 'rdma/r1', 'rdma/r2', 'rdma/r3'] as const;

/**
 * The settings file, and which settings can be in force. A program need not have seen each version of a file that changes
 * twice, so between two checks there may be several.
 */
export class SettingsStage {
  private readonly directory: string;
  private readonly file: string;
  private version = 0;
  private candidates: readonly (readonly StagedResource[])[] = [];
  private newest: readonly StagedResource[] | null = null;
  /** The most shares that a resource ever had. */
  readonly most = new Map<string, number>();

  constructor(directory: string) {
    this.directory = join(directory, 'settings');
    this.file = join(this.directory, 'config.json');
    mkdirSync(this.directory);
  }

  get words(): readonly string[] {
    return ['-config-file', this.file];
  }

  /** What a start would take; null while the file is bad. */
  get inFile(): readonly StagedResource[] | null {
    return this.newest;
  }

  /** What can be in force, the likeliest last. Never empty after the first good file. */
  get possible(): readonly (readonly StagedResource[])[] {
    return this.newest === null ? this.candidates : [this.newest];
  }

  /** Everything that a program may have seen since the last check. */
  get seen(): readonly (readonly StagedResource[])[] {
    return this.candidates;
  }

  writeGood(resources: readonly StagedResource[], way: WritingWay): void {
    this.candidates = [...this.candidates, resources];
    this.newest = resources;
    for (const { resource, count } of resources) this.most.set(resource, Math.max(count, this.most.get(resource) ?? 0));
    this.write(documentOf(resources), way);
  }

  writeBad(text: string, way: WritingWay): void {
    this.newest = null;
    this.write(text, way);
  }

  /** Takes the file away. `directory`: leaves a directory in its place. */
  lose(directory: boolean): void {
    this.newest = null;
    rmSync(this.file, { force: true, recursive: true });
    if (directory) mkdirSync(this.file);
  }

  /** Puts an empty directory in the place of the settings' one. */
  renewDirectory(): void {
    this.newest = null;
    renameSync(this.directory, `${this.directory}.old`);
    mkdirSync(this.directory);
    rmSync(`${this.directory}.old`, { recursive: true });
  }

  /**
   * What should be in force was found so. Of a bad file nobody knows when it is read, so what came before it stays possible; and so do
   * `alike`, settings that would have looked the same, as all do on a host without HCAs.
   */
  settled(alike: readonly (readonly StagedResource[])[]): void {
    if (this.newest !== null) this.candidates = [...alike, this.newest];
  }

  private write(text: string, way: WritingWay): void {
    const present = lstatSync(this.file, { throwIfNoEntry: false });
    if (present?.isDirectory() === true || (present?.isSymbolicLink() === true && way === 'in place')) rmSync(this.file, { recursive: true });
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

export function documentOf(resources: readonly StagedResource[]): string {
  const configList = resources.map(({ resource, count, sharing, env, linkDown, holdDownSeconds, ...selection }) => ({
    resourceName: resource.slice('rdma/'.length),
    rdmaHcaMax: count,
    sharing,
    env,
    ...selectorsOf(selection),
    health: { linkDown, holdDownSeconds, forgetAfterSeconds: 86_400 },
  }));
  return JSON.stringify({ periodicUpdateInterval: 1, configList });
}

function selectorsOf({ vendors, form }: Pick<StagedResource, 'vendors' | 'form'>): object {
  if (form === 'one selector') return { selectors: { vendors } };
  if (form === 'several selectors') return { selectors: vendors.map((vendor) => ({ vendors: [vendor] })) };
  const others = allVendors.filter((vendor) => !vendors.includes(vendor));
  return { selectors: { vendors: allVendors }, ...(others.length === 0 ? {} : { exclude: { vendors: others } }) };
}
