// SPDX-License-Identifier: Apache-2.0
import { type Vendor, vendors as allVendors } from './test-hca.ts';

/**
 * How a resource selects the HCAs of some vendors: with one selector for all of them, with one selector for each of
 * them, with a selector for all vendors that excludes the others, or with one that also names netdevs.
 */
export const selectionForms = ['one selector', 'several selectors', 'an exclusion', 'netdevs'] as const;

/** A resource of the settings under test. */
export interface TestResource {
  readonly resource: string;
  readonly count: number;
  readonly sharing: 'pool' | 'device';
  readonly vendors: readonly Vendor[];
  readonly form: (typeof selectionForms)[number];
  /** The PCI functions whose netdevs the form `netdevs` names. */
  readonly functions: readonly number[];
  readonly allocationPolicy: 'spread' | 'pack';
  readonly maxSharesPerContainer: number | null;
  readonly env: boolean;
  readonly linkDown: 'ignore' | 'unhealthy';
  readonly holdDownSeconds: number;
}

/**
 * How a file changes: overwritten, replaced by a rename, or replaced in the way in which the kubelet updates a
 * ConfigMap.
 */
export const writeMethods = ['in place', 'by rename', 'as a ConfigMap'] as const;
export type WriteMethod = (typeof writeMethods)[number];

/** The resource names that most settings use. */
export const resourceNames = ['rdma/r0', 'rdma/r1', 'rdma/r2', 'rdma/r3'] as const;
/** The resource names of settings with many resources. */
export const manyResourceNames = [...resourceNames, ...Array.from({ length: 124 }, (_, index) => `rdma/many${index}`)];

/**
 * The place that the program reads its settings from. Tracks which settings can be effective: there can be several
 * between two checks, because the program may miss one version when the settings change twice.
 */
export abstract class TestSettings {
  private versions: readonly (readonly TestResource[])[] = [];
  private newest: readonly TestResource[] | null = null;
  /** The most shares that each resource has ever had. */
  readonly maxShares = new Map<string, number>();

  /** The settings that a program would apply if it started now. Null while they are missing or invalid. */
  get latest(): readonly TestResource[] | null {
    return this.newest;
  }

  /** All settings that can be effective, the most likely ones last. Never empty after the first valid settings. */
  get possible(): readonly (readonly TestResource[])[] {
    return this.newest === null ? this.versions : [this.newest];
  }

  /** All valid settings that the program can have read since the last check. */
  get sinceLastCheck(): readonly (readonly TestResource[])[] {
    return this.versions;
  }

  /** `rejected` are resources that the program must not offer, because the kubelet would reject them. */
  writeValid(resources: readonly TestResource[], method: WriteMethod, rejected: readonly TestResource[] = []): void {
    this.versions = [...this.versions, resources];
    this.newest = resources;
    for (const { resource, count } of resources)
      this.maxShares.set(resource, Math.max(count, this.maxShares.get(resource) ?? 0));
    this.write(documentOf([...resources, ...rejected]), method);
  }

  writeInvalid(text: string, method: WriteMethod): void {
    this.newest = null;
    this.write(text, method);
  }

  /** Removes the settings. With `leaveDirectory`, a directory takes the place of the file. */
  remove(leaveDirectory: boolean): void {
    this.newest = null;
    this.removeFile(leaveDirectory);
  }

  /** Replaces the directory of the settings by an empty one. */
  replaceDirectory(): void {
    this.newest = null;
    this.emptyDirectory();
  }

  /**
   * Records that the latest settings are effective. `indistinguishable` are earlier settings with the same effect, such
   * as all settings on a host without HCAs. They stay possible. While the settings are invalid, all earlier ones stay
   * possible too, because the time at which the program reads the invalid ones is not known.
   */
  confirm(indistinguishable: readonly (readonly TestResource[])[]): void {
    if (this.newest !== null) this.versions = [...indistinguishable, this.newest];
  }

  /** The command line arguments with which the program reads these settings. */
  abstract readonly words: readonly string[];
  /** Prepares the place. Called once, before anything is written. */
  abstract start(): Promise<void>;
  abstract close(): Promise<void>;
  protected abstract write(text: string, method: WriteMethod): void;
  protected abstract removeFile(leaveDirectory: boolean): void;
  protected abstract emptyDirectory(): void;
}

/** Returns the settings document for these resources. */
export function documentOf(resources: readonly TestResource[]): string {
  const configList = resources.map(({ resource, count, linkDown, holdDownSeconds, ...others }) => ({
    resourceName: resource.slice('rdma/'.length),
    rdmaHcaMax: count,
    sharing: others.sharing,
    env: others.env,
    ...(others.sharing === 'device' ? { allocationPolicy: others.allocationPolicy } : {}),
    ...(others.maxSharesPerContainer === null ? {} : { maxSharesPerContainer: others.maxSharesPerContainer }),
    ...selectorsOf(others),
    health: { linkDown, holdDownSeconds, forgetAfterSeconds: 86_400 },
  }));
  return JSON.stringify({ periodicUpdateInterval: 1, configList });
}

function selectorsOf({ vendors, form, functions }: Pick<TestResource, 'vendors' | 'form' | 'functions'>): object {
  if (form === 'netdevs')
    return { selectors: { vendors, ifNames: functions.flatMap((index) => [`en${index}`, `ib${index}`]) } };
  if (form === 'one selector') return { selectors: { vendors } };
  if (form === 'several selectors') return { selectors: vendors.map((vendor) => ({ vendors: [vendor] })) };
  const others = allVendors.filter((vendor) => !vendors.includes(vendor));
  return { selectors: { vendors: allVendors }, ...(others.length === 0 ? {} : { exclude: { vendors: others } }) };
}
