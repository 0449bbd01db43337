// SPDX-License-Identifier: Apache-2.0
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
 * The place of the settings, and which settings can be in force. A program need not have seen each version of a file that changes
 * twice, so between two checks there may be several.
 */
export abstract class SettingsStage {
  private candidates: readonly (readonly StagedResource[])[] = [];
  private newest: readonly StagedResource[] | null = null;
  /** The most shares that a resource ever had. */
  readonly most = new Map<string, number>();

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

  /** Takes the settings away. `directory`: leaves a directory in the place of a file. */
  lose(directory: boolean): void {
    this.newest = null;
    this.takeAway(directory);
  }

  /** Puts an empty directory in the place of the settings' one. */
  renewDirectory(): void {
    this.newest = null;
    this.takePlaceAway();
  }

  /**
   * What should be in force was found so. Of a bad file nobody knows when it is read, so what came before it stays possible; and so do
   * `alike`, settings that would have looked the same, as all do on a host without HCAs.
   */
  settled(alike: readonly (readonly StagedResource[])[]): void {
    if (this.newest !== null) this.candidates = [...alike, this.newest];
  }

  /** The words of the program's command line that make it read these settings. */
  abstract readonly words: readonly string[];
  /** Called once, before anything is written. */
  abstract begin(): Promise<void>;
  abstract close(): Promise<void>;
  protected abstract write(text: string, way: WritingWay): void;
  protected abstract takeAway(directory: boolean): void;
  protected abstract takePlaceAway(): void;
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
